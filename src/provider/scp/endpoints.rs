//! Which address a service has, by the list that the cloud gives. Pure.

use serde::Deserialize;

use super::request::Service;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Endpoints {
    pub endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// Empty or null for services of no region.
    pub region: Option<String>,
    /// `scp-ske`
    pub service_type: String,
    pub url: String,
}

impl Endpoints {
    /// The address of a service: of several those of the region count, of those the first by address.
    ///
    /// # Errors
    /// There is none; says which regions have it.
    pub fn choose(&self, service: Service, region: &str) -> Result<String, String> {
        let wanted = format!("scp-{}", service.name());
        let of_service: Vec<&Endpoint> = self
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.service_type.replace('-', "") == wanted.replace('-', ""))
            .collect();
        let region_of = |endpoint: &Endpoint| endpoint.region.clone().unwrap_or_default();
        let mut chosen: Vec<&Endpoint> = match of_service.len() {
            1 if region_of(of_service[0]).is_empty() || region_of(of_service[0]) == region => of_service.clone(),
            _ => of_service.iter().copied().filter(|endpoint| region_of(endpoint) == region).collect(),
        };
        // A service without regions is listed under whichever.
        if chosen.is_empty() && service == Service::ResourceManager {
            chosen.clone_from(&of_service);
        }
        chosen.sort_by_key(|endpoint| &endpoint.url);
        match chosen.first() {
            Some(endpoint) => Ok(endpoint.url.trim_end_matches('/').to_owned()),
            None if of_service.is_empty() => Err(format!("the cloud has no service {wanted} for this account")),
            None => {
                let mut regions: Vec<String> = of_service.iter().map(|endpoint| region_of(endpoint)).collect();
                regions.sort_unstable();
                Err(format!("region {region} has no service {wanted}; regions that have it: {}", regions.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_decides_and_then_the_address() {
        let text = r#"{"endpoints": [
            {"region": "kr-west1", "service_type": "scp-ske", "service_name": "scp-ske", "url": "https://ske2.kr-west1"},
            {"region": "kr-west1", "service_type": "scp-ske", "service_name": "scp-ske", "url": "https://ske.kr-west1/"},
            {"region": "kr-east1", "service_type": "scp-ske", "service_name": "scp-ske", "url": "https://a.kr-east1"},
            {"region": null, "service_type": "scp-resourcemanager", "url": "https://resourcemanager"},
            {"region": "kr-east1", "service_type": "scp-vpc", "url": "https://vpc.kr-east1", "new": 1}]}"#;
        let endpoints: Endpoints = serde_json::from_str(text).unwrap();
        let choose = |service, region| endpoints.choose(service, region);
        assert_eq!(choose(Service::Engine, "kr-west1").unwrap(), "https://ske.kr-west1");
        assert_eq!(choose(Service::ResourceManager, "kr-west1").unwrap(), "https://resourcemanager");
        assert_eq!(
            choose(Service::Vpc, "kr-west1").unwrap_err(),
            "region kr-west1 has no service scp-vpc; regions that have it: kr-east1"
        );
        assert_eq!(
            choose(Service::FileStorage, "kr-west1").unwrap_err(),
            "the cloud has no service scp-filestorage for this account"
        );
    }
}
