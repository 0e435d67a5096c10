stackwright {
  installation = "prod"
}

provider "scp" {
  region = "kr-south1"
}

cluster "main" {
  provider           = scp
  name               = "mlops-prod"
  kubernetes_version = "v1.27.3"
  file_storage       = "nfs_01"

  network {
    vpc    = "vpc1"
    subnet = "sub1"
  }
}

node_pool "cpu" {
  cluster     = cluster.main
  server_type = "s1v8m32"
  os          = "ubuntu"
  os_version  = "20.04"

  autoscaling {
    min = 1
    max = 6
  }
}

node_pool "windows" {
  cluster     = cluster.main
  server_type = "s1v8m32"
  os          = "windows"
  node_count  = 0
}

node_pool "bsd" {
  cluster     = cluster.main
  server_type = "s1v8m32"
  os          = "bsd"
  node_count  = 0

  block_storage {
    size_gb = 100
  }
}

platform "ml" {
  cluster = cluster.main
  edition = "enterprise"
  version = "1.9.1"

  admin {
    email = "admin@example.com"
  }
}
