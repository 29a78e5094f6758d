//! The observer of this node's machine: a sample every `PANTHEON_SYSTEM_SAMPLE`, and the start and
//! the stop of the node, as events.

use std::path::Path;

use pantheon_events::nodes::{NodeCommand, SampleSystemMetrics, StartNode, StopNode};
use pantheon_events::{Actor, CommandContext, TenantId};
use sysinfo::System;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::disk;

/// Samples until `stop`.
pub(super) async fn observe(app: App, stop: CancellationToken) {
    let started = Instant::now();
    let mut system = match System::new() {
        Ok(system) => system,
        Err(error) => {
            tracing::warn!(%error, "this machine cannot be looked at; nothing is sampled");
            return stop.cancelled().await;
        }
    };
    send(
        &app,
        StartNode {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            parts: app.config.parts.names(),
        },
    )
    .await;
    let mut ticks = interval(app.config.system_sample);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Processor use is measured between two looks.
    system.refresh_cpu_usage();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let uptime_seconds = i64::try_from(started.elapsed().as_secs()).unwrap_or(i64::MAX);
        send(
            &app,
            sample(&mut system, &app.config.data_dir, uptime_seconds),
        )
        .await;
    }
    send(&app, StopNode {}).await;
}

async fn send(app: &App, command: impl Into<NodeCommand>) {
    let by = CommandContext::new(
        TenantId::default_organization(),
        Actor::system("host"),
        None,
    );
    // A sample that is lost is not missed: the next one comes.
    if let Err(error) = app.commands.nodes.dispatch(&app.node, command, by).await {
        tracing::debug!(%error, "the node's word about itself was not recorded");
    }
}

fn sample(system: &mut System, data: &Path, uptime_seconds: i64) -> SampleSystemMetrics {
    system.refresh_cpu_usage();
    system.refresh_memory();
    let memory = disk::percent(system.used_memory(), system.total_memory());
    SampleSystemMetrics {
        cpu_usage: tenth(f64::from(system.global_cpu_usage())),
        memory_usage: tenth(memory),
        disk_usage: tenth(disk::usage(data)),
        uptime_seconds,
    }
}

fn tenth(percent: f64) -> f64 {
    (percent.clamp(0.0, 100.0) * 10.0).round() / 10.0
}
