release "26.03" {
  component "knative-serving" {
    version = "1.21.1"
    images = {
      activator            = "gcr.io/knative-releases/knative.dev/serving/cmd/activator@sha256:cf8d126fc08e596b742025f6e53c97abf921f7bd6394d29c200e79c1c323dc6e"
      autoscaler           = "gcr.io/knative-releases/knative.dev/serving/cmd/autoscaler@sha256:35045ef7c35c6151f0565094cc5ec240a886ba2e5a844366b22a074342af3edf"
      controller           = "gcr.io/knative-releases/knative.dev/serving/cmd/controller@sha256:622546def05a9b181123d35ede4e4a6e60d7751ae558ea2c5306978b30c24d5c"
      webhook              = "gcr.io/knative-releases/knative.dev/serving/cmd/webhook@sha256:8754cefd1f1db905495de5ba707b37459cc212b830d40962162654986d264d74"
      net_istio_controller = "gcr.io/knative-releases/knative.dev/net-istio/cmd/controller@sha256:915a3a9b8caea8cceb59258ca2b941c83f0ab230aef5c1dd3b9499574ac3f379"
      net_istio_webhook    = "gcr.io/knative-releases/knative.dev/net-istio/cmd/webhook@sha256:4d9c50245aeafb269876d05ddb95d235372abfe2b2ac1c9d8c7cd3a2ccf2d6b7"
      # Beside the container in every pod of a service; named in the configuration.
      queue = "gcr.io/knative-releases/knative.dev/serving/cmd/queue@sha256:40957d3ced3b185b7a78bbd771be69b0a13137dcbee5ff7f82ae738b56037d9c"
    }
  }
}
