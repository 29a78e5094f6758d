//! The catalogue: the 21 kinds of agents that Pantheon knows, as data, in the order they are
//! served.

use super::Category;

/// One kind of agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueAgent {
    /// Its id, which is also the agent type.
    pub id: &'static str,
    /// Its name, as people read it.
    pub name: &'static str,
    /// What it works on.
    pub category: Category,
    /// One emoji.
    pub icon: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What it is good at.
    pub capabilities: [&'static str; 3],
    /// Where it stands between people (0) and workers (4).
    pub layer: u8,
}

impl CatalogueAgent {
    /// The name without spaces, as logs, worktrees and plans carry it: `CodeGenAgent`.
    #[must_use]
    pub fn long_name(&self) -> String {
        self.name.replace(' ', "")
    }

    /// Its place in the catalogue, from 0.
    #[must_use]
    pub fn order(&self) -> usize {
        CATALOGUE
            .iter()
            .position(|agent| agent.id == self.id)
            .unwrap_or(CATALOGUE.len())
    }

    fn is_called(&self, name: &str) -> bool {
        name == self.id
            || name.strip_suffix("-agent") == Some(self.id)
            || is_without_spaces(self.name, name)
    }
}

fn is_without_spaces(spaced: &str, name: &str) -> bool {
    spaced.bytes().filter(|byte| *byte != b' ').eq(name.bytes())
}

/// The kind of agent with this id.
#[must_use]
pub fn catalogue_agent(id: &str) -> Option<&'static CatalogueAgent> {
    CATALOGUE.iter().find(|agent| agent.id == id)
}

/// The kind of agent that a name means: its id (`codegen`), `<id>-agent` or the long name
/// (`CodeGenAgent`). Case counts.
#[must_use]
pub fn catalogue_type(name: &str) -> Option<&'static CatalogueAgent> {
    CATALOGUE.iter().find(|agent| agent.is_called(name))
}

/// All kinds, in the order they are served.
pub const CATALOGUE: [CatalogueAgent; 21] = [
    CatalogueAgent {
        id: "coordinator",
        name: "Coordinator Agent",
        category: Category::Coding,
        icon: "🎯",
        description: "Orchestrates tasks and manages DAG-based workflows",
        capabilities: ["Task decomposition", "DAG planning", "Parallel execution"],
        layer: 3,
    },
    CatalogueAgent {
        id: "codegen",
        name: "CodeGen Agent",
        category: Category::Coding,
        icon: "💻",
        description: "AI-driven code generation with Claude Sonnet 4",
        capabilities: ["Code generation", "Bug fixing", "Refactoring"],
        layer: 4,
    },
    CatalogueAgent {
        id: "review",
        name: "Review Agent",
        category: Category::Coding,
        icon: "👀",
        description: "Code quality review with 100-point scoring",
        capabilities: ["Static analysis", "Security scan", "Quality scoring"],
        layer: 4,
    },
    CatalogueAgent {
        id: "issue",
        name: "Issue Agent",
        category: Category::Coding,
        icon: "🔍",
        description: "Issue analysis and automatic labeling",
        capabilities: ["Label inference", "Issue triage", "Priority assessment"],
        layer: 4,
    },
    CatalogueAgent {
        id: "pr",
        name: "PR Agent",
        category: Category::Coding,
        icon: "🔀",
        description: "Automated Pull Request creation with Conventional Commits",
        capabilities: ["PR generation", "Commit formatting", "Branch management"],
        layer: 4,
    },
    CatalogueAgent {
        id: "deployment",
        name: "Deployment Agent",
        category: Category::Coding,
        icon: "🚀",
        description: "CI/CD deployment automation with health checks",
        capabilities: ["Firebase deploy", "Health monitoring", "Auto rollback"],
        layer: 4,
    },
    CatalogueAgent {
        id: "refresher",
        name: "Refresher Agent",
        category: Category::Coding,
        icon: "🔄",
        description: "Issue state monitoring and automatic updates",
        capabilities: ["State tracking", "Auto-update", "Status sync"],
        layer: 4,
    },
    CatalogueAgent {
        id: "ai-entrepreneur",
        name: "AI Entrepreneur Agent",
        category: Category::Business,
        icon: "🚀",
        description: "Comprehensive business plan creation and startup strategy",
        capabilities: ["Business planning", "Market validation", "Revenue modeling"],
        layer: 4,
    },
    CatalogueAgent {
        id: "product-concept",
        name: "Product Concept Agent",
        category: Category::Business,
        icon: "💡",
        description: "USP design and business model canvas",
        capabilities: ["USP design", "Business canvas", "Revenue model"],
        layer: 4,
    },
    CatalogueAgent {
        id: "product-design",
        name: "Product Design Agent",
        category: Category::Business,
        icon: "🎨",
        description: "6-month content and technical stack planning",
        capabilities: ["Service design", "Tech stack", "MVP definition"],
        layer: 4,
    },
    CatalogueAgent {
        id: "funnel-design",
        name: "Funnel Design Agent",
        category: Category::Business,
        icon: "📊",
        description: "Customer funnel optimization from awareness to LTV",
        capabilities: ["Funnel design", "LTV optimization", "Conversion tracking"],
        layer: 4,
    },
    CatalogueAgent {
        id: "persona",
        name: "Persona Agent",
        category: Category::Business,
        icon: "👥",
        description: "Detailed persona (3-5 profiles) and customer journey design",
        capabilities: ["Persona creation", "Journey mapping", "Segmentation"],
        layer: 4,
    },
    CatalogueAgent {
        id: "self-analysis",
        name: "Self Analysis Agent",
        category: Category::Business,
        icon: "🔬",
        description: "Career, skills, and achievement analysis",
        capabilities: ["Career analysis", "Skill mapping", "Achievement tracking"],
        layer: 4,
    },
    CatalogueAgent {
        id: "market-research",
        name: "Market Research Agent",
        category: Category::Business,
        icon: "📈",
        description: "Competitor analysis (20+ companies) and market trends",
        capabilities: ["Competitor research", "Market trends", "TAM/SAM/SOM"],
        layer: 4,
    },
    CatalogueAgent {
        id: "marketing",
        name: "Marketing Agent",
        category: Category::Business,
        icon: "📣",
        description: "Advertising, SEO, and SNS-driven customer acquisition",
        capabilities: ["Ad campaigns", "SEO strategy", "SNS marketing"],
        layer: 4,
    },
    CatalogueAgent {
        id: "content-creation",
        name: "Content Creation Agent",
        category: Category::Business,
        icon: "📝",
        description: "Video, articles, and educational content production",
        capabilities: ["Video production", "Article writing", "Tutorial creation"],
        layer: 4,
    },
    CatalogueAgent {
        id: "sns-strategy",
        name: "SNS Strategy Agent",
        category: Category::Business,
        icon: "📱",
        description: "Twitter/Instagram/LinkedIn strategy and posting calendar",
        capabilities: ["Platform strategy", "Content calendar", "Engagement growth"],
        layer: 4,
    },
    CatalogueAgent {
        id: "youtube",
        name: "YouTube Agent",
        category: Category::Business,
        icon: "🎥",
        description: "Channel optimization and 13-workflow video strategy",
        capabilities: ["Channel design", "Video planning", "SEO optimization"],
        layer: 4,
    },
    CatalogueAgent {
        id: "sales",
        name: "Sales Agent",
        category: Category::Business,
        icon: "💼",
        description: "Lead-to-customer conversion and sales process optimization",
        capabilities: ["Lead conversion", "Sales funnel", "Process optimization"],
        layer: 4,
    },
    CatalogueAgent {
        id: "crm",
        name: "CRM Agent",
        category: Category::Business,
        icon: "🤝",
        description: "Customer satisfaction and LTV maximization",
        capabilities: ["Customer success", "LTV tracking", "Churn reduction"],
        layer: 4,
    },
    CatalogueAgent {
        id: "analytics",
        name: "Analytics Agent",
        category: Category::Business,
        icon: "📊",
        description: "Data analysis, PDCA cycles, and continuous improvement",
        capabilities: ["KPI tracking", "PDCA execution", "Growth analysis"],
        layer: 4,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_seven_coding_and_fourteen_business_agents() {
        let coding = CATALOGUE
            .iter()
            .filter(|agent| agent.category == Category::Coding)
            .count();
        assert_eq!((coding, CATALOGUE.len() - coding), (7, 14));
    }

    #[test]
    fn every_agent_answers_to_its_three_names_and_no_other() {
        for agent in &CATALOGUE {
            let long = agent.long_name();
            for name in [agent.id, &format!("{}-agent", agent.id), &long] {
                assert_eq!(catalogue_type(name), Some(agent), "{name}");
            }
            assert!(catalogue_agent(agent.id).is_some());
            assert!(catalogue_agent(&long).is_none());
        }
        for stranger in [
            "",
            "Codegen",
            "CODEGEN",
            "codegenagent",
            "CodeGen Agent",
            "codegen-2",
            "-agent",
        ] {
            assert_eq!(catalogue_type(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn names_and_layers_are_as_the_console_knows_them() {
        assert_eq!(catalogue_type("PRAgent").map(|agent| agent.id), Some("pr"));
        assert_eq!(
            catalogue_type("AIEntrepreneurAgent").map(|agent| agent.order()),
            Some(7)
        );
        assert_eq!(CATALOGUE[0].layer, 3);
        assert!(CATALOGUE[1..].iter().all(|agent| agent.layer == 4));
    }
}
