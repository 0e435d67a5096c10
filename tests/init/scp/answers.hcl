edition            = "enterprise"
version            = "1.9.1"
provider           = "scp"
region             = "kr-west1"
cluster_name       = "mlops-prod"
kubernetes_version = "v1.31.8"
vpc                = "vpc1"
subnet             = "sub1"
security_groups    = ["mlops-sg", "other"]
file_storage       = "nfs_01"
admin_email        = "admin@example.com"
admin_login        = "variable"
endpoint           = "load_balancer"
installation       = "mlops-prod"
node_pools = {
  cpu = { server_type = "s1v16m64", keypair = "mlops-key", autoscaling = true, max = 9 }
  gpu = { server_type = "g1v16a1", os = "rhel", keypair = "mlops-key", gpu_driver = "ND_570.195.03", node_count = 1, disk_gb = 400 }
}
