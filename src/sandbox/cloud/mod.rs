//! Samsung Cloud Platform, played: the parts of its API that clusters and node pools need, with its signatures, its slow
//! states, its errors and its kubeconfig that is given once. Behind each cluster runs an embedded Kubernetes whose nodes
//! are those of its pools.
//!
//! | file | holds |
//! |---|---|
//! | `server` | the sandbox itself: opened, served, working on what is due |
//! | `answer` | one request: who asks, faults, which service |
//! | `things` | what there is, and its file |
//! | `clusters`, `pools`, `supporting` | the services |
//! | `kubernetes` | the clusters behind it and their nodes |
//! | `control` | what tests change and read: faults, things, the clock |
//! | `reply` | answers in the cloud's shapes |

mod answer;
mod clusters;
mod control;
mod kubernetes;
mod pools;
mod reply;
mod server;
mod supporting;
mod things;

pub use server::CloudOptions;
pub use server::CloudSandbox;
pub use server::CloudServing;
