//! Every command's decoder: whatever comes is read or refused, and what is read comes back.

use pantheon_events::DomainCommand;
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::example::Book;

/// Leaves of every kind, good and bad.
fn leaves() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(50),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.5),
        json!(1e308),
        json!(""),
        json!("x"),
        json!("codegen"),
        json!("EUR"),
        json!("12.34"),
        json!("9223372036854775807"),
        json!("0198c7a0-0000-7000-8000-0000000000aa"),
        json!("2026-01-31T12:00:00.123456789Z"),
        json!("\u{0}"),
        json!("🦀".repeat(300)),
        json!([]),
        json!({}),
        json!([1, "a", null]),
        json!({ "amount": "7.00", "deep": { "er": [[]] } }),
    ]
}

/// Data that mostly fit the schema: one in three fits it wholly, the others are spoilt here and there.
fn data(schema: &Value, seed: u64) -> Value {
    let mut random = StdRng::seed_from_u64(seed);
    let leaves = leaves();
    let whole = seed.is_multiple_of(3);
    let daring = if whole { 0 } else { random.random_range(0..30) };
    let mut value = Book(schema).made(schema, &mut |_, _| {
        let other = random.random_range(0..100) < daring;
        other.then(|| leaves.choose(&mut random).cloned()).flatten()
    });
    if let Some(members) = value.as_object_mut() {
        // Some of it is left out.
        members.retain(|_, _| whole || random.random_range(0..100) < 90);
    }
    value
}

/// Reads data as every command of an aggregate; what is read is written and read again.
fn round_trip<C: DomainCommand>(seed: u64) -> Result<usize, TestCaseError> {
    let mut read = 0;
    for spec in C::SPECS {
        let data = data(&(spec.schema)().to_value(), seed);
        let Ok(command) = C::parse(spec.name, data.to_string().as_bytes()) else {
            continue;
        };
        let _ = command.check();
        let tenant = pantheon_events::TenantId::default_organization();
        let written = serde_json::to_vec(&command).expect("a command serialises");
        let again = C::parse(spec.name, &written);
        let again = again.map_err(|error| TestCaseError::fail(format!("{spec:?}: {error}")))?;
        prop_assert_eq!(again.spec().name, spec.name);
        prop_assert_eq!(
            again.fingerprint(tenant, "x"),
            command.fingerprint(tenant, "x"),
            "{:?}",
            spec
        );
        read += 1;
    }
    Ok(read)
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

macro_rules! decoders {
    ($($name:ident: $Command:ty;)+) => {
        proptest! {
            #![proptest_config(config())]
            $(#[test]
            fn $name(seed in any::<u64>()) {
                round_trip::<$Command>(seed)?;
            })+
        }

        /// A property that never gets past the first check would say nothing.
        #[test]
        fn most_generated_commands_are_read() {
            $(
                let read: usize = (0..50).map(|seed| round_trip::<$Command>(seed).expect("holds")).sum();
                let tried = 50 * <$Command>::SPECS.len();
                assert!(read * 4 > tried, "{}: {read} of {tried}", stringify!($Command));
            )+
        }
    };
}

decoders! {
    commands_of_agents_are_read_or_refused_and_come_back: pantheon_events::agents::AgentCommand;
    commands_of_alerts_are_read_or_refused_and_come_back: pantheon_events::alerts::AlertCommand;
    commands_of_the_trail_of_access_are_read_or_refused_and_come_back: pantheon_events::access::AccessCommand;
    commands_of_tasks_are_read_or_refused_and_come_back: pantheon_events::tasks::TaskCommand;
    commands_of_task_graphs_are_read_or_refused_and_come_back: pantheon_events::tasks::TaskGraphCommand;
    commands_of_plans_are_read_or_refused_and_come_back: pantheon_events::plans::PlanCommand;
    commands_of_products_are_read_or_refused_and_come_back: pantheon_events::products::ProductCommand;
    commands_of_orders_are_read_or_refused_and_come_back: pantheon_events::orders::OrderCommand;
    commands_of_approvals_are_read_or_refused_and_come_back: pantheon_events::approvals::ApprovalCommand;
    commands_of_policies_are_read_or_refused_and_come_back: pantheon_events::approvals::ApprovalPolicyCommand;
    commands_of_environments_are_read_or_refused_and_come_back: pantheon_events::deployments::EnvironmentCommand;
    commands_of_infrastructure_are_read_or_refused_and_come_back: pantheon_events::infrastructure::InfrastructureCommand;
    commands_of_databases_are_read_or_refused_and_come_back: pantheon_events::database::DatabaseCommand;
    commands_of_nodes_are_read_or_refused_and_come_back: pantheon_events::nodes::NodeCommand;
    commands_of_accounts_are_read_or_refused_and_come_back: pantheon_events::users::UserCommand;
    commands_of_login_names_are_read_or_refused_and_come_back: pantheon_events::users::LoginNameCommand;
    commands_of_the_admin_list_are_read_or_refused_and_come_back: pantheon_events::users::AdminListCommand;
    commands_of_sessions_are_read_or_refused_and_come_back: pantheon_events::sessions::SessionCommand;
    commands_of_organisations_are_read_or_refused_and_come_back: pantheon_events::organizations::OrganizationCommand;
    commands_of_worktrees_are_read_or_refused_and_come_back: pantheon_events::worktrees::WorktreeCommand;
    commands_of_git_are_read_or_refused_and_come_back: pantheon_events::worktrees::GitCommand;
    commands_of_teams_are_read_or_refused_and_come_back: pantheon_events::teams::TeamCommand;
    commands_of_executions_are_read_or_refused_and_come_back: pantheon_events::agent_executions::AgentExecutionCommand;
    commands_of_repositories_are_read_or_refused_and_come_back: pantheon_events::repositories::RepositoryCommand;
    commands_of_issues_are_read_or_refused_and_come_back: pantheon_events::repositories::IssueCommand;
}

#[test]
fn every_aggregate_of_the_product_has_its_decoder_tried() {
    let tried = 25;
    assert_eq!(
        pantheon::store::Commands::SPECS.len(),
        tried,
        "add a line to decoders!"
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_no_command_or_one(name in "[a-z_]{0,20}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = pantheon_events::tasks::TaskCommand::parse(&name, &bytes);
        let _ = pantheon_events::tasks::TaskCommand::parse("create_task", &bytes);
        let _ = pantheon_events::approvals::ApprovalPolicyCommand::parse("define_approval_policy", &bytes);
    }
}
