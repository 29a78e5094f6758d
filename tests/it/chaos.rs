//! The short forms of the campaigns (`chaos/`): each fault a few times, on two nodes of the real
//! binary under a small load, judged like a long run. `make chaos` runs them at full count.

use anyhow::{Result, ensure};
use pantheon_chaos::{Campaign, Run};

async fn holds(campaign: Campaign) -> Result<()> {
    let run = Run::short(campaign, env!("CARGO_BIN_EXE_pantheon"));
    let outcome = campaign.run(&run).await?;
    ensure!(outcome.ok, "{campaign}: {:#?}", outcome.findings);
    ensure!(outcome.faults > 0, "nothing was broken: {outcome:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_nodes_killed_under_load_lose_nothing_and_do_nothing_twice() -> Result<()> {
    holds(Campaign::F01).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_node_that_stands_still_holds_nobody_up_and_wakes_without_a_stale_write() -> Result<()>
{
    holds(Campaign::F02).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f03_commands_whose_outcome_is_unknown_are_done_once_and_settled() -> Result<()> {
    holds(Campaign::F03).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f04_clients_that_hang_up_at_any_byte_leave_no_half_command_and_no_bad_connection()
-> Result<()> {
    holds(Campaign::F04).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f05_four_writers_with_forced_errors_leave_no_hole_where_the_usual_table_loses_events()
-> Result<()> {
    holds(Campaign::F05).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f06_postgres_killed_and_stopped_at_once_loses_nothing_and_is_found_again() -> Result<()> {
    holds(Campaign::F06).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_node_cut_off_from_postgres_or_nats_says_so_and_hangs_nobody() -> Result<()> {
    holds(Campaign::F10).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f11_nats_killed_and_wiped_is_felt_by_no_command_and_filled_again() -> Result<()> {
    holds(Campaign::F11).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_two_relays_and_a_copy_that_forgets_ids_leave_no_duplicate() -> Result<()> {
    holds(Campaign::F12).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_projectors_that_end_at_every_point_leave_rows_that_equal_the_fold() -> Result<()> {
    holds(Campaign::F13).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_poison_parks_exactly_its_streams_and_heals_when_it_is_replayed() -> Result<()> {
    holds(Campaign::F14).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f15_live_clients_cut_and_resumed_at_random_miss_nothing_and_repeat_nothing() -> Result<()>
{
    holds(Campaign::F15).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_live_clients_that_do_not_read_cost_little_and_miss_nothing() -> Result<()> {
    holds(Campaign::F16).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f17_more_than_can_be_written_is_refused_and_soon_forgotten() -> Result<()> {
    holds(Campaign::F17).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f18_clients_that_send_byte_by_byte_are_closed_while_others_are_served() -> Result<()> {
    holds(Campaign::F18).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f19_one_command_id_sent_many_ways_at_once_has_one_effect() -> Result<()> {
    holds(Campaign::F19).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f20_what_only_one_may_have_goes_to_one_of_sixteen() -> Result<()> {
    holds(Campaign::F20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_nodes_restarted_one_after_the_other_answer_or_say_when_to_come_back() -> Result<()> {
    holds(Campaign::F21).await
}
