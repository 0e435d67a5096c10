release "26.03" {
  component "knative-eventing" {
    version = "1.21.0"
    images = {
      controller                = "gcr.io/knative-releases/knative.dev/eventing/cmd/controller@sha256:363742c13076cce03c367b42c050ad47e07b327b98d4176ac1961670e12c2680"
      apiserver_receive_adapter = "gcr.io/knative-releases/knative.dev/eventing/cmd/apiserver_receive_adapter@sha256:5f6f0627caa8b8d734bf1a8968c59d71c34e51403864950c0ca3e6bac8df7973"
      webhook                   = "gcr.io/knative-releases/knative.dev/eventing/cmd/webhook@sha256:858caa0a9e5d5f886a1f2de9f56b636e5c70ea763da3ef8792cfc0f56fce2f4b"
      mtping                    = "gcr.io/knative-releases/knative.dev/eventing/cmd/mtping@sha256:dbb8b1374f3871fe6637869107f803e1f6b62c50c484bb79eaf089b836415353"
      job_sink                  = "gcr.io/knative-releases/knative.dev/eventing/cmd/jobsink@sha256:194e44b15a7a26adb024cdbce0ec356e7a27678aceecdde447d3986f9c43eff1"
      request_reply             = "gcr.io/knative-releases/knative.dev/eventing/cmd/requestreply@sha256:068a94cc6a2f95825dd7937c2404f4bfa85105df982f14c29d58f454c57bcfb6"
      auth_proxy                = "gcr.io/knative-releases/knative.dev/eventing/cmd/auth_proxy@sha256:89b9ce49a216b08b443340aaaba2ea745d994a9609ce5dc4bef3e71b3a87b4ce"
      # What the controller starts for sources, sinks and transformations; named in its configuration.
      aws_ddb_streams_source = "gcr.io/knative-releases/aws-ddb-streams-source@sha256:c5110873d0a99c78aa2848a570892d01610c661e0580c20e973dd08187e5a340"
      aws_eventbridge_sink   = "gcr.io/knative-releases/aws-eventbridge-sink@sha256:2dc612ab600c3813e48adb8e190136859ce06d21a62ea90ed2dc621e31ea74f3"
      aws_s3_sink            = "gcr.io/knative-releases/aws-s3-sink@sha256:10859fa6ea1823173310ad94d4cc9bd716a174fb05fc09e0f4eeae92b1742cc0"
      aws_s3_source          = "gcr.io/knative-releases/aws-s3-source@sha256:eab34dadd20a3c418d0df0e6ec2ff8ab9f974598b7a40544b4fc40129057762b"
      aws_sns_sink           = "gcr.io/knative-releases/aws-sns-sink@sha256:5860b307f309d4adb3e19e26a171829dc74cc9e308bc3660d8bb142cc064a6ca"
      aws_sqs_sink           = "gcr.io/knative-releases/aws-sqs-sink@sha256:496e8b7ca049d71189b96b6f4e0cb23f2ce93f206df53a32a05310ed0a014fbd"
      aws_sqs_source         = "gcr.io/knative-releases/aws-sqs-source@sha256:08e46406ba34c0936a6e591161c84446cfc9de1152ee80bc4b71aa37ec1aae88"
      jsonata_transformer    = "gcr.io/knative-releases/jsonata-transformer@sha256:646c30b48edef26510fbf720189b514d758c56b9782a1f0206d08525f94ef661"
      log_sink               = "gcr.io/knative-releases/log-sink@sha256:7dc1fa9d49f797296808928dd525005a445a7c17b18017103482453a71adfb07"
      timer_source           = "gcr.io/knative-releases/timer-source@sha256:1f8d9650068bf96e09a07381e0c0ac35a8e04456c9a5cfc298f7438c4b6ffe2d"
      transform_jsonata      = "gcr.io/knative-releases/transform-jsonata@sha256:293eb9924e1e33de679181f8e932afed6947961aef2fd684e77cb7293ca3510e"
    }
  }
  component "knative-broker" {
    version = "1.21.0"
    images = {
      channel_controller = "gcr.io/knative-releases/knative.dev/eventing/cmd/in_memory/channel_controller@sha256:c8b3a6604f270fb51af7dfbb00082443f028ad80aa4a01974f3724d36f3f0f00"
      channel_dispatcher = "gcr.io/knative-releases/knative.dev/eventing/cmd/in_memory/channel_dispatcher@sha256:77340f4be4cd33d920538c490e9d1ff9052702da23ce019ca2c15bb4c0e1532b"
      broker_controller  = "gcr.io/knative-releases/knative.dev/eventing/cmd/mtchannel_broker@sha256:8dde70a3c73833da379046dd839a60c986d98298315808442e67a43fc93dc92b"
      broker_filter      = "gcr.io/knative-releases/knative.dev/eventing/cmd/broker/filter@sha256:baa3253b77bde2df41a610c0c0572348a5c101463bee3cda9c1fe9ce4a62f860"
      broker_ingress     = "gcr.io/knative-releases/knative.dev/eventing/cmd/broker/ingress@sha256:e77e2a916c587857d2172943996dd42a476bdccdced584216314284cf0a5a15f"
    }
  }
}
