release "1.8.1" {
  component "dashboard" {
    version = "1.8.0"
    images  = { dashboard = "docker.io/kubeflownotebookswg/centraldashboard:v1.8.0" }
    inputs = {
      # A flat menu, with other words than the components have since.
      menu = [
        { component = "jupyter", text = "Notebooks", link = "/jupyter/", icon = "book" },
        { component = "tensorboard", text = "Tensorboards", link = "/tensorboards/", icon = "assessment" },
        { component = "volumes", text = "Volumes", link = "/volumes/", icon = "device:storage" },
        { component = "models-web-app", text = "Endpoints", link = "/kserve-endpoints/", icon = "kubeflow:models" },
        { component = "katib", text = "Experiments (AutoML)", link = "/katib/", icon = "kubeflow:katib" },
        { component = "pipelines", text = "Experiments (KFP)", link = "/pipeline/#/experiments", icon = "done-all" },
        { component = "pipelines", text = "Pipelines", link = "/pipeline/#/pipelines", icon = "kubeflow:pipeline-centered" },
        { component = "pipelines", text = "Runs", link = "/pipeline/#/runs", icon = "maps:directions-run" },
        { component = "pipelines", text = "Recurring Runs", link = "/pipeline/#/recurringruns", icon = "device:access-alarm" },
        { component = "pipelines", text = "Artifacts", link = "/pipeline/#/artifacts", icon = "editor:bubble-chart" },
        { component = "pipelines", text = "Executions", link = "/pipeline/#/executions", icon = "av:play-arrow" },

        { component = "pipelines", place = "quick", text = "Upload a pipeline", link = "/pipeline/", description = "Pipelines" },
        { component = "pipelines", place = "quick", text = "View all pipeline runs", link = "/pipeline/#/runs", description = "Pipelines" },
        { component = "jupyter", place = "quick", text = "Create a new Notebook server", link = "/jupyter/new?namespace=kubeflow", description = "Notebook Servers" },
        { component = "katib", place = "quick", text = "View Katib Experiments", link = "/katib/", description = "Katib" },

        {
          component   = "dashboard", place = "documentation", text = "Getting Started with Kubeflow"
          link        = "https://www.kubeflow.org/docs/started/getting-started/"
          description = "Get your machine-learning workflow up and running on Kubeflow"
        },
        {
          component   = "dashboard", place = "documentation", text = "MiniKF"
          link        = "https://www.kubeflow.org/docs/distributions/minikf/"
          description = "A fast and easy way to deploy Kubeflow locally"
        },
        {
          component   = "dashboard", place = "documentation", text = "Microk8s for Kubeflow"
          link        = "https://www.kubeflow.org/docs/distributions/microk8s/kubeflow-on-microk8s/"
          description = "Quickly get Kubeflow running locally on native hypervisors"
        },
        {
          component   = "dashboard", place = "documentation", text = "Kubeflow on GCP"
          link        = "https://www.kubeflow.org/docs/gke/"
          description = "Running Kubeflow on Kubernetes Engine and Google Cloud Platform"
        },
        {
          component   = "dashboard", place = "documentation", text = "Kubeflow on AWS"
          link        = "https://www.kubeflow.org/docs/aws/"
          description = "Running Kubeflow on Elastic Container Service and Amazon Web Services"
        },
        {
          component   = "dashboard", place = "documentation", text = "Requirements for Kubeflow"
          link        = "https://www.kubeflow.org/docs/started/requirements/"
          description = "Get more detailed information about using Kubeflow and its components"
        },
        # What has its documentation in the list since.
        { component = "training-operator" },
      ]
    }
  }
}
