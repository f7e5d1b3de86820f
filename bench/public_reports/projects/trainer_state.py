# SPDX-License-Identifier: Apache-2.0
"""A small network by the Trainer of Transformers, with its state."""
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, number):
        ids = torch.arange(6) + number
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": torch.tensor(number % 2)}


shape = BertConfig(
    vocab_size=32, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
)
arguments = TrainingArguments(
    "out/run", num_train_epochs=1, per_device_train_batch_size=4, report_to=[], seed=1, use_cpu=True,
    disable_tqdm=True, save_strategy="no",
)
torch.manual_seed(1)
trainer = Trainer(BertForSequenceClassification(shape), arguments, train_dataset=Rows())
trainer.train()
trainer.save_model("out/run")
trainer.save_state()
