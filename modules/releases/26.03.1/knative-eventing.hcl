release "26.03.1" {
  component "knative-eventing" {
    version = "1.22.0"
    images = {
      controller                = "gcr.io/knative-releases/knative.dev/eventing/cmd/controller@sha256:72d8700f084d275f889b3663ee5096c455e0aae919586aaeee384644173de4c1"
      apiserver_receive_adapter = "gcr.io/knative-releases/knative.dev/eventing/cmd/apiserver_receive_adapter@sha256:689bf7dba1363c7facf9bb1edeb8d3a0200e604a22b6e29c876df4b805fd8704"
      webhook                   = "gcr.io/knative-releases/knative.dev/eventing/cmd/webhook@sha256:50da07e9a1241a9cb4ffdf6d73ac27e690a32f79dd30282e862b254167812a5d"
      mtping                    = "gcr.io/knative-releases/knative.dev/eventing/cmd/mtping@sha256:65d1d4877d45879e5c08440acf81781bf1b232e8eb5c250549f8bc7b3575a041"
      job_sink                  = "gcr.io/knative-releases/knative.dev/eventing/cmd/jobsink@sha256:b95c48ff0bda886d502577ad8b638fe0e37b092d5e5bf0434935fb8c3322844d"
      request_reply             = "gcr.io/knative-releases/knative.dev/eventing/cmd/requestreply@sha256:af81e3dc1ae915ba2405cb5983f3825edb798038391649b5d9acda917b8ceb6e"
      auth_proxy                = "gcr.io/knative-releases/knative.dev/eventing/cmd/auth_proxy@sha256:130ed1b0afbb0ae11a8ad0a6c16bec2d350873b7f46415d0dc5cad8554cd434b"
      # What the controller starts for sources, sinks and transformations; named in its configuration.
      aws_ddb_streams_source = "gcr.io/knative-releases/aws-ddb-streams-source@sha256:8b6e98cfbe00590faa68eed5855307fe9706b8719ec57c2a7610248fc348954a"
      aws_eventbridge_sink   = "gcr.io/knative-releases/aws-eventbridge-sink@sha256:763954ae8946af146307a3a7152ec27d599ee5475edfa5338eb25826ee083582"
      aws_s3_sink            = "gcr.io/knative-releases/aws-s3-sink@sha256:5322e981d4e0001d4b74bb122846b08ac3c38d4ff18363294b0c5066854c48f9"
      aws_s3_source          = "gcr.io/knative-releases/aws-s3-source@sha256:2a1b1860d481f1f2ab1aee03bdfa7e4cbd5d25dddfc490f0e7627013e6cac470"
      aws_sns_sink           = "gcr.io/knative-releases/aws-sns-sink@sha256:6fb6ad9359172e1a2461851e5f45daf3c96fec0ea2b4bc5097d68701a04b777f"
      aws_sqs_sink           = "gcr.io/knative-releases/aws-sqs-sink@sha256:3c6e15a8e2c735eb6647ba3141e541c352873383d6992072925e3d01d68031a0"
      aws_sqs_source         = "gcr.io/knative-releases/aws-sqs-source@sha256:37b11f47f8ec66dc697901028e4b24531e34f7400037e046cebc8369a5cbf882"
      jsonata_transformer    = "gcr.io/knative-releases/jsonata-transformer@sha256:7469e73837dee196cba275ed69e7eff5366676379be180ed7de52b1917d4ec07"
      log_sink               = "gcr.io/knative-releases/log-sink@sha256:b88feae0b7b2aed522b3ef9213e5688263c1db3c7cca495578669e0a2b933ad1"
      timer_source           = "gcr.io/knative-releases/timer-source@sha256:04c01cfd475073732cc84b4c2ea429aead0154197e57fa343ede9557b1b49aee"
      transform_jsonata      = "gcr.io/knative-releases/transform-jsonata@sha256:5cf8c8203be3ac0f8df403f714c27afc84a8cf02a3b9bf7b2f66d7717252a380"
    }
  }
  component "knative-broker" {
    version = "1.22.0"
    images = {
      channel_controller = "gcr.io/knative-releases/knative.dev/eventing/cmd/in_memory/channel_controller@sha256:4d2884c1a3567ee5360098db889da01d228a5803c959cce6f0fde427bbee87a8"
      channel_dispatcher = "gcr.io/knative-releases/knative.dev/eventing/cmd/in_memory/channel_dispatcher@sha256:69ee316c3d157a3047d150bae4b391be740e985609acde18606e69357f2103c3"
      broker_controller  = "gcr.io/knative-releases/knative.dev/eventing/cmd/mtchannel_broker@sha256:a907efaafc6c803179fd62aafb2207fad9711d382ff0a3ab37b04217931a0a90"
      broker_filter      = "gcr.io/knative-releases/knative.dev/eventing/cmd/broker/filter@sha256:cf6a87d5ede16e48fe992cdb10d7976c27df1519a3dd56fa025571d7d1af5556"
      broker_ingress     = "gcr.io/knative-releases/knative.dev/eventing/cmd/broker/ingress@sha256:f2c4feb941e9c2f8b7974a1332fc755c1a2b57f48b4b1e4c1bcad24913906c57"
    }
  }
}
