//! The words of deployments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The agent that carries deployments out.
pub const DEPLOYER: &str = "deployment";

macro_rules! words {
    ($($(#[$meta:meta])* $Name:ident { $($(#[$vmeta:meta])* $Variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $Name {
            $($(#[$vmeta])* #[serde(rename = $word)] $Variant),+
        }

        impl $Name {
            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Variant => $word),+ }
            }
        }
    )+};
}

words! {
    /// A step of a deployment, in order.
    StageName {
        /// Make the artefacts.
        Build = "build",
        /// Try them.
        Test = "test",
        /// Roll them out.
        Deploy = "deploy",
        /// See that they work.
        Verify = "verify",
    }

    /// What started a deployment.
    DeploymentType {
        /// Somebody asked.
        Manual = "manual",
        /// A tag in the repository.
        Tag = "tag",
        /// A deployment is taken back.
        Rollback = "rollback",
    }

    /// How what was deployed is.
    HealthCheck {
        /// It works.
        Healthy = "healthy",
        /// It does not.
        Unhealthy = "unhealthy",
        /// Nobody looked.
        Unknown = "unknown",
    }
}

impl StageName {
    /// All stages in order.
    pub const ALL: [Self; 4] = [Self::Build, Self::Test, Self::Deploy, Self::Verify];
}
