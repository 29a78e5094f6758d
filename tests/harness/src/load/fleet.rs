//! Who and what there must be before a mixed load can begin: agents with keys, products to order.

use std::str::FromStr;

use anyhow::{Context, Result};
use pantheon_events::AgentId;
use pantheon_events::agents::CATALOGUE;
use reqwest::Method;
use serde_json::json;

use crate::api::send;
use crate::cluster::Cluster;

/// Pieces of each product: more than any run orders.
const STOCK: u64 = 1_000_000_000;

/// An agent that has a token, and has been heard once.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// With which it speaks.
    pub token: String,
}

/// What a mixed load works with.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// The agents.
    pub agents: Vec<Member>,
    /// Products with pieces enough.
    pub products: Vec<String>,
}

impl Fleet {
    /// Enrols agents and makes products, over the first node.
    ///
    /// # Errors
    /// The node refused.
    pub async fn make(cluster: &Cluster, agents: usize, products: usize) -> Result<Self> {
        let api = cluster.api(0)?;
        let mut fleet = Self::default();
        for number in 0..agents {
            let kind = CATALOGUE[number % CATALOGUE.len()].id;
            let made = api.post("/agents", &json!({ "type": kind })).await?;
            let made = made.expect(201)?;
            let id = made.body["id"].as_str().context("an agent's id")?;
            let member = Member {
                id: id.to_owned(),
                token: cluster.agent_token(AgentId::from_str(id)?),
            };
            // From its first sign of life on, a further one is one event.
            let beat = api
                .with_token(&member.token)
                .request(Method::POST, &beats(id));
            send(beat.json(&json!({}))).await?.expect(200)?;
            fleet.agents.push(member);
        }
        for number in 0..products {
            let body = json!({
                "name": format!("product {number}"), "price": "9.90", "currency": "USD",
                "stock": STOCK,
            });
            let made = api.post("/products", &body).await?.expect(201)?;
            let id = made.body["id"].as_str().context("a product's id")?;
            fleet.products.push(id.to_owned());
        }
        Ok(fleet)
    }
}

/// Where an agent's signs of life go.
pub fn beats(agent: &str) -> String {
    format!("/api/v1/agents/{agent}/heartbeat")
}
