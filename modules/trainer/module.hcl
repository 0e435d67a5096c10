component {
  title       = "Trainer"
  description = "Runs distributed training and fine-tuning: TrainJob, with runtimes for PyTorch, DeepSpeed, MLX and torchtune, and for JAX and XGBoost from 2.2 on."
  replicated  = ["kubeflow-trainer-controller-manager"]
  namespace   = "kubeflow-system"
  requires    = ["kubeflow", "jobset"]
  # It looks once, when it starts, whether the kinds of the scheduler are there.
  after    = ["volcano"]
  editions = ["mini", "enterprise"]
}

menu "Kubeflow Trainer Documentation" {
  place       = "documentation"
  order       = 40
  link        = "https://www.kubeflow.org/docs/components/trainer/"
  description = "Documentation for Kubeflow Trainer"
}

variable "gpus" {
  description = "How many GPUs a fine-tuning job with torchtune asks for, where it names no number itself."
  type        = number
  default     = 2
}
variable "workspace_size" {
  description = "Size of the volume that such a job gets for model, data and result, from 2.2 on. Earlier ones want a claim called like their runtime."
  type        = string
  default     = "20Gi"
}

locals {
  # Models that can be fine-tuned: where each is loaded from, the recipe, and where its tokenizer lies.
  models = [
    { name = "llama3.2-1b", source = "meta-llama/Llama-3.2-1B-Instruct", recipe = "llama3_2/1B_full", tokenizer = local.llama },
    { name = "llama3.2-3b", source = "meta-llama/Llama-3.2-3B-Instruct", recipe = "llama3_2/3B_full", tokenizer = local.llama },
    { name = "qwen2.5-1.5b", source = "Qwen/Qwen2.5-1.5B-Instruct", recipe = "qwen2_5/1.5B_full", tokenizer = local.qwen },
  ]
  llama = ["tokenizer.path=/workspace/model/original/tokenizer.model"]
  qwen  = ["tokenizer.path=/workspace/model/vocab.json", "tokenizer.merges_file=/workspace/model/merges.txt"]
}
