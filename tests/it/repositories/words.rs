//! Short words for repositories.

use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// Takes a repository up and gives its id.
    pub async fn repository(&self, full_name: &str) -> String {
        let body = json!({ "full_name": full_name });
        let (status, made) = self.post("/repositories", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// The names of the repositories in a list.
    pub async fn repository_names(&self, path: &str) -> Vec<String> {
        let list = self.current(path).await;
        let list = list.as_array().expect("an array").iter();
        let name = |one: &Value| one["full_name"].as_str().expect("a name").to_owned();
        list.map(name).collect()
    }
}
