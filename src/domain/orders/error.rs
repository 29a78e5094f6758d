//! Why an order says no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of orders.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The id has an order.
    #[error("There is an order with this id already. Choose another id.")]
    AlreadyExists,
    /// Not the caller's.
    #[error("There is no such order here.")]
    NotYours,
    /// The caller may order for itself only.
    #[error("Only an administrator orders for somebody else. Leave `user_id` out.")]
    ForSomebodyElse,
    /// Nobody here.
    #[error("is nobody of this organisation; give the id of a member's account, or leave it out")]
    UnknownCustomer,
    /// The total is beyond what an order can be worth.
    #[error("The total is above the limit of an order. Order fewer pieces.")]
    TooMuch,
    /// The price was not put in.
    #[error("The order has no price: orders are placed through their own command.")]
    NoQuote,
    /// The status does not let this happen.
    #[error("The order is {is}, so it cannot be {wanted}.")]
    InvalidTransition {
        /// What it is.
        is: &'static str,
        /// What it was to become.
        wanted: &'static str,
    },
    /// A payment is open.
    #[error("A payment of this order is open. Wait for it, or cancel it first.")]
    PaymentOpen,
    /// Another payment than the begun one.
    #[error("This payment was not begun for this order.")]
    OtherPayment,
}

impl RuleError for OrderError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::NotYours => Refusal::not_found(),
            Self::ForSomebodyElse => Refusal::forbidden(message),
            Self::UnknownCustomer => Refusal::invalid("user_id", message),
            Self::TooMuch => Refusal::invalid("quantity", message),
            Self::NoQuote => Refusal::rule("order_without_price", message),
            Self::InvalidTransition { .. } => Refusal::rule("invalid_transition", message),
            Self::PaymentOpen => Refusal::rule("order_not_payable", message),
            Self::OtherPayment => Refusal::rule("payment_mismatch", message),
        }
    }
}
