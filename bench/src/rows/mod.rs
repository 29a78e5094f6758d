//! The rows of the table: one file each.

use anyhow::Result;
use clap::ValueEnum;

use crate::measure::Measure;
use crate::stage::Stage;

macro_rules! rows {
    ($($(#[$meta:meta])* $Row:ident: $file:ident;)+) => {
        $(mod $file;)+

        /// A row of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
        #[value(rename_all = "UPPER")]
        pub enum Row {
            $($(#[$meta])* $Row,)+
        }

        impl Row {
            /// All rows, in the order in which they are measured.
            pub const ALL: &[Self] = &[$(Self::$Row),+];

            /// Measures it, on databases of its own.
            pub async fn measure(self, stage: &Stage) -> Result<Vec<Measure>> {
                match self {
                    $(Self::$Row => $file::measure(stage).await,)+
                }
            }
        }
    };
}

// A new row is a file and a line here.
rows! {
    /// Commands in process.
    P1: p1;
    /// Commands in process, a new aggregate each.
    P2: p2;
    /// Against the append function alone.
    P3: p3;
    /// What one caller waits.
    P4: p4;
    /// Commands over HTTP.
    P5: p5;
    /// Heartbeats over NATS.
    P6: p6;
    /// The relay to JetStream.
    P7: p7;
    /// How far live projections are behind.
    P8: p8;
    /// Folding a read model anew.
    P9: p9;
    /// From the request to the WebSocket.
    P10: p10;
    /// Many WebSockets.
    P11: p11;
    /// Queries.
    P12: p12;
    /// Growing logs and streams.
    P13: p13;
    /// Memory.
    P14: p14;
    /// Starting.
    P15: p15;
    /// What dense positions cost.
    P16: p16;
}
