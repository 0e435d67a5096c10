//! The requests to the services around the engine: where names are looked up, and tags. Pure.

use http::Method;
use serde_json::Value;
use serde_json::json;

use super::request::Request;
use super::request::Service;
use super::request::encoded;

/// What clusters and pools name that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Vpc,
    Subnet,
    SecurityGroup,
    FileStorage,
}

impl Thing {
    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vpc => "VPC",
            Self::Subnet => "subnet",
            Self::SecurityGroup => "security group",
            Self::FileStorage => "file storage",
        }
    }

    /// The list of them, and where it stands in the answer.
    pub fn all(self) -> (Request, &'static str) {
        let (service, path, key) = match self {
            Self::Vpc => (Service::Vpc, "/v1/vpcs", "vpcs"),
            Self::Subnet => (Service::Vpc, "/v1/subnets", "subnets"),
            Self::SecurityGroup => (Service::SecurityGroup, "/v1/security-groups", "security_groups"),
            Self::FileStorage => (Service::FileStorage, "/v1/volumes", "filestorages"),
        };
        (Request::get(format!("list the {}s", self.word()), service, path), key)
    }
}

pub fn keypair(name: &str) -> Request {
    let path = format!("/v1/keypairs/{}", encoded(name));
    Request::get(format!("look at key pair {name}"), Service::VirtualServer, path)
}

pub fn server_types() -> Request {
    Request::get("list the server types", Service::VirtualServer, "/v1/server-types")
}

/// Tags are asked for by what a thing is, and not by its SRN: that needs the account, and an offering which the address of
/// a private gateway does not tell.
fn tags_path(region: &str, cluster_id: &str) -> String {
    format!("/v1/tags/{}/ske/cluster/{}", encoded(region), encoded(cluster_id))
}

pub fn tags(region: &str, cluster_id: &str, name: &str) -> Request {
    Request::get(format!("look at the tags of cluster {name}"), Service::ResourceManager, tags_path(region, cluster_id))
}

/// Replaces all tags.
pub fn set_tags(region: &str, cluster_id: &str, name: &str, tags: Value) -> Request {
    let path = format!("{}/bulk", tags_path(region, cluster_id));
    Request::new(format!("set the tags of cluster {name}"), Service::ResourceManager, Method::PUT, path)
        .sending(json!({"tags": tags}))
}
