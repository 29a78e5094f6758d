//! What a client asks for next.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fleet::{Fleet, beats};

/// A command on its way.
#[derive(Clone, Debug)]
pub struct Request {
    /// The command id.
    pub id: Uuid,
    /// How it is sent.
    pub method: Method,
    /// Where.
    pub path: String,
    /// With which data.
    pub body: Value,
    /// The command's name.
    pub what: &'static str,
    /// How many events it brings.
    pub events: RangeInclusive<usize>,
    /// Who sends it, when it is not the operator.
    pub token: Option<String>,
}

impl Request {
    fn new(id: Uuid, what: &'static str, path: String, body: Value) -> Self {
        Self {
            id,
            method: Method::POST,
            path,
            body,
            what,
            events: 1..=1,
            token: None,
        }
    }
}

/// What one client asks for: tasks alone, or with a fleet the mix of all campaigns, which is tasks
/// 40 %, signs of life 40 %, orders 15 %, approvals 5 %.
#[derive(Debug)]
pub struct Mix {
    fleet: Option<Arc<Fleet>>,
    random: StdRng,
    tasks: Vec<String>,
}

impl Mix {
    pub fn new(fleet: Option<Arc<Fleet>>, random: StdRng) -> Self {
        Self {
            fleet,
            random,
            tasks: Vec::new(),
        }
    }

    pub fn random(&mut self) -> &mut StdRng {
        &mut self.random
    }

    /// A task that it may change from now on.
    pub fn owns(&mut self, task: &str) {
        self.tasks.push(task.to_owned());
    }

    pub fn next(&mut self) -> Request {
        let id = Uuid::from_u128(self.random.random());
        let Some(fleet) = self.fleet.clone() else {
            return self.task(id);
        };
        match self.random.random_range(0..100) {
            0..40 => self.task(id),
            40..80 => {
                let agent = &fleet.agents[self.random.random_range(0..fleet.agents.len())];
                let mut beat = Request::new(id, "record_heartbeat", beats(&agent.id), json!({}));
                // One that was silent during a fault also changes its status and its health.
                beat.events = 1..=3;
                beat.token = Some(agent.token.clone());
                beat
            }
            80..95 => {
                let product = self.random.random_range(0..fleet.products.len());
                let quantity = self.random.random_range(1..5);
                let body = json!({ "product_id": fleet.products[product], "quantity": quantity });
                Request::new(id, "place_order", "/api/v1/orders".to_owned(), body)
            }
            _ => {
                let body = json!({ "resource_type": "payment_refund", "resource_id": id });
                let path = "/api/v1/approvals".to_owned();
                let mut asked = Request::new(id, "request_approval", path, body);
                // Asked, and its first stage opened: both or none.
                asked.events = 2..=2;
                asked
            }
        }
    }

    fn task(&mut self, id: Uuid) -> Request {
        if self.tasks.is_empty() || self.random.random_bool(0.5) {
            let body = json!({ "name": format!("task {id}") });
            return Request::new(id, "create_task", "/api/v1/tasks".to_owned(), body);
        }
        let task = &self.tasks[self.random.random_range(0..self.tasks.len())];
        // Never what it already is, so that each change is one event.
        let body = json!({ "metadata": { "change": id } });
        let mut change = Request::new(id, "update_task", format!("/api/v1/tasks/{task}"), body);
        change.method = Method::PATCH;
        change
    }
}
