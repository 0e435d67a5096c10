//! An embedded Kubernetes API server and the players that stand in for controllers.
