//! `GET /api/v1/aws/resources`.

use axum::extract::State;
use pantheon_projections::infrastructure::{Filter, resources as rows};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::reach::{owner, stand};
use super::view::Resource;
use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const LIMIT: i64 = 200;
const MOST: i64 = 1_000;

macro_rules! words {
    ($(#[$meta:meta])* $Name:ident { $($Word:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        enum $Name { $($Word),+ }

        impl $Name {
            const fn as_str(self) -> &'static str {
                match self { $(Self::$Word => $word),+ }
            }
        }
    };
}

words! {
    /// What a resource is.
    Type {
        Vpc = "vpc",
        Subnet = "subnet",
        InternetGateway = "internet_gateway",
        NatGateway = "nat_gateway",
        RouteTable = "route_table",
        SecurityGroup = "security_group",
        EcsCluster = "ecs_cluster",
        EcsService = "ecs_service",
        Alb = "alb",
        TargetGroup = "target_group",
        Rds = "rds",
        Redis = "redis",
        Ecr = "ecr",
        IamRole = "iam_role",
    }
}

words! {
    /// How a resource is.
    ResourceState {
        Planned = "planned",
        Creating = "creating",
        Available = "available",
        Updating = "updating",
        Deleting = "deleting",
        Failed = "failed",
    }
}

/// Which resources.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    r#type: Option<Type>,
    #[param(inline)]
    state: Option<ResourceState>,
    /// 1 to 1000 (200).
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What is in the cloud accounts, by type and id, as a bare array: empty without AWS.
#[utoipa::path(get, path = "/api/v1/aws/resources", tag = "infrastructure", params(Wanted),
    responses((status = 200, description = "Resources", body = Vec<Resource>)))]
pub async fn resources(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(LIMIT);
    if !(1..=MOST).contains(&limit) {
        let expected = "expected a number between 1 and 1000";
        return Err(Problem::malformed_field("limit", expected));
    }
    let position = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let filter = Filter {
        kind: wanted.r#type.map(|kind| kind.as_str().to_owned()),
        state: wanted.state.map(|state| state.as_str().to_owned()),
        limit,
        cursor: wanted.cursor,
    };
    let (found, next) = match owner(&app, &caller).await? {
        Some(owner) => rows(&app.reads, owner, &filter).await?,
        None => (Vec::new(), None),
    };
    let found: Vec<Resource> = found.into_iter().map(Resource::from).collect();
    Answer::array(&read, position, &found, next.as_deref())
}
