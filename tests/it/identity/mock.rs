//! The mock login (CON-64): there in builds with the feature `mock-login`, from loopback only, and absent
//! from all others.

#[cfg(feature = "mock-login")]
mod with_the_feature {
    use reqwest::{Method, StatusCode};
    use serde_json::{Value, json};

    use crate::identity::pair;
    use crate::world::{World, answer, refused};

    fn mock(world: &World, body: Value) -> reqwest::RequestBuilder {
        let url = format!("http://{}/api/v1/auth/mock", world.node.address());
        reqwest::Client::new().post(url).json(&body)
    }

    fn ada() -> Value {
        json!({ "github_id": 42, "email": "ada@example.org", "name": "Ada" })
    }

    #[tokio::test]
    async fn con64_whoever_it_names_is_an_admin_of_the_default_organisation() {
        let world = World::new().await;
        let (status, first) = answer(mock(&world, ada())).await;
        assert_eq!(status, StatusCode::OK, "{first}");
        let user = &first["user"];
        assert_eq!(
            (&user["github_id"], &user["role"]),
            (&json!(42), &json!("admin"))
        );
        assert_eq!(
            user["avatar_url"],
            "https://avatars.githubusercontent.com/u/0"
        );
        assert_eq!(first["organization_id"], world.tenant.to_string());
        let request = world.request_as(&pair(&first).0, Method::GET, "/projections");
        assert_eq!(answer(request).await.0, StatusCode::OK);
        let (_, again) = answer(mock(&world, ada())).await;
        assert_eq!(again["user"]["id"], user["id"]);
        let nobody = json!({ "github_id": 0, "email": "ada@example.org" });
        refused(mock(&world, nobody), 422, "validation_failed").await;
    }

    #[tokio::test]
    async fn con64_nobody_behind_a_proxy_and_no_page_from_elsewhere_is_let_in() {
        let world = World::new().await;
        for (name, value) in [
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
            ("x-forwarded-host", "localhost"),
            ("via", "1.1 proxy"),
            ("origin", "https://evil.example"),
            ("host", "evil.example"),
        ] {
            let request = mock(&world, ada()).header(name, value);
            refused(request, 403, "forbidden").await;
        }
    }
}

#[cfg(not(feature = "mock-login"))]
mod without_the_feature {
    use pantheon::auth::table;
    use reqwest::Client;
    use serde_json::json;

    use crate::world::{World, bytes};

    /// S12, CON-64: not refused, but not there.
    #[tokio::test]
    async fn s12_the_mock_login_is_no_address() {
        assert!(table::route("POST", "/api/v1/auth/mock").is_none());
        let document = pantheon::http::routes().document().to_string();
        assert!(document.contains("/api/v1/auth/login") && !document.contains("/auth/mock"));
        let world = World::new().await;
        let body = json!({ "github_id": 42, "email": "ada@example.org" });
        let ask = |path: &str| {
            let url = format!("http://{}/api/v1/auth/{path}", world.node.address());
            bytes(Client::new().post(url).json(&body))
        };
        let (status, absent) = ask("mock").await;
        assert_eq!((status, absent), ask("nowhere").await);
        assert_eq!(status, 404);
    }
}
