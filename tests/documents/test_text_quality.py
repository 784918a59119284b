"""Sentences of real papers as they are printed, found whole in what the reader shows.

Chosen because they cross lines, hyphens, columns, pages, figures and footnotes, or hold ligatures; typed from the
pages. The papers are not in this repository: `CS229TUI_PAPERS` names a folder of them.
"""

import re
from collections.abc import Callable

import pytest

from cs229tui.documents.flow import Flow

Papers = Callable[[str], Flow]

SENTENCES = {
    "1706.03762": (
        "in sequence modeling and transduction problems such as language modeling and machine translation [35, 2, 5].",
        "the output is subject to strong structural constraints and is significantly longer than the input.",
        "we must inject some information about the relative or absolute position of the tokens in the sequence.",
        "neighborhood of size r in the input sequence centered around the respective output position.",
        "representations of its input and output without using sequence-aligned RNNs or convolution.",
        "recurrent attention mechanism instead of sequence-aligned recurrence and have been shown to perform well",
        "the second is a simple, position-wise fully connected feed-forward network.",
        "despite the lack of task-specific tuning our model performs surprisingly well",
        "28.4 BLEU on the WMT 2014 English-to-German translation task, improving over the existing best results",
        "become an integral part of compelling sequence modeling and transduction models in various tasks",
        "additive attention [2], and dot-product (multiplicative) attention.",
        "softmax function to convert the decoder output to predicted next-token probabilities.",
        "byte-pair encoding [3], which has a shared source-target vocabulary of about 37000 tokens.",
        "multiplying the training time, the number of GPUs used, and an estimate of the sustained single-precision",
        "We used values of 2.8, 3.7, 6.0 and 9.5 TFLOPS for K80, K40, M40 and P100, respectively.",
        "an effect we counteract with Multi-Head Attention as described in section 3.2.",
        "dot-product attention is much faster and more space-efficient in practice",
        "Each layer has two sub-layers.",
        "typical encoder-decoder attention mechanisms in sequence-to-sequence models such as [38, 2, 9].",
        "split tokens into a 32000 word-piece vocabulary [38].",
        "The big models were trained for 300,000 steps (3.5 days).",
        "models have not been able to attain state-of-the-art results in small-data regimes [37].",
        "The code we used to train and evaluate our models is available at",
    ),
    "resnet": (
        "highway networks have not demonstrated accuracy gains with extremely increased depth (e.g., over 100 layers).",
        "reduces the top-1 error by 3.5% (Table 2), resulting from the successfully reduced training error",
        "Many other non-trivial visual recognition tasks [8, 12, 7, 32, 27] have also greatly benefited from very deep",
        "our current solvers on hand are unable to find solutions that are comparably good or better than the",
        "We have shown that parameter-free, identity shortcuts help with training.",
        "our residual models have exactly the same depth, width, and number of parameters as the plain counterparts.",
        "is worse than that of our 110-layer network, although both have similar training error.",
        "with an 8-GPU implementation, and thus the RPN step has a mini-batch size of 8 images",
        "reports a center-crop error of 33.1% (Table 13) using ground truth classes.",
        "We have observed the degradation problem - the 34-layer plain net has higher training error throughout",
        "the deep plain nets may have exponentially low convergence rates, which impact the reducing of the training",
        "still observed the degradation problem, suggesting that this problem cannot be feasibly addressed",
        "integrate low/mid/high-level features [50] and classifiers in an end-to-end multi-layer fashion",
        "such degradation is not caused by overfitting, and adding more layers to a suitably deep model leads to",
        "Instead of hoping each few stacked layers directly fit a desired underlying mapping",
        "can still be trained end-to-end by SGD with backpropagation, and can be easily implemented using common",
        "reformulates the system as subproblems at multiple scales, where each subproblem is responsible for the",
        "a few intermediate layers are directly connected to auxiliary classifiers for addressing vanishing/exploding",
        "Our 152-layer residual net is the deepest network ever presented on ImageNet",
        "Downsampling is performed by conv3_1, conv4_1, and conv5_1 with a stride of 2.",
        "The reason for such optimization difficulties will be studied in the future.",
        "lower complexity than VGG-16/19 nets (15.3/19.6 billion FLOPs).",
        "yet is among the state-of-the-art results (6.43%, Table 6).",
        "This hypothesis, however, is still an open question. See [28].",
    ),
    "vit": (
        "translation equivariance and locality, and therefore do not generalize well when trained on insufficient",
        "Figure 3 also shows the performance region spanned by BiT models of different sizes.",
        "of two ResNets – 50x1 and 152x2 – pre-trained on JFT with SGD and Adam.",
        "explained by the requirement for a different learning-rate, see Figure 9.",
        "the difference between inference and backprop speed is a constant model-independent factor.",
        "this model still took substantially less compute to pre-train than prior state of the art.",
        "much of their success stems not only from their excellent scalability but also from large scale",
        "as well as the estimated computational cost of their pre-training.",
        "instead of a 1-dimensional sequence of patches, and incorporate Axial Transformer blocks",
        "compared to state-of-the-art convolutional networks while requiring substantially fewer computational",
        "averaged over three fine-tuning runs.",
        "where each offset is associated with an embedding.",
        "uses a denoising self-supervised pre-training task, while the GPT line of work uses language modeling",
        "employ scalable approximations to global self-attention in order to be applicable to images.",
        "can then be fine-tuned or probed linearly for classification performance",
        "The two-dimensional neighborhood structure is used very sparingly",
        "large EfficientNet trained using semi-supervised learning on ImageNet and JFT-300M with the labels removed.",
        "pre-training efficiency may be affected not only by the architecture choice, but also other parameters",
        "we report few-shot linear accuracy instead of full fine-tuning accuracy.",
        "resemble plausible basis functions for a low-dimensional representation of the fine structure within",
        "Considering the inputs as a bag of patches.",
        "Mario Lučić, Noam Shazeer, Ashish Vaswani, and Colin Raffel for useful discussions.",
        "using 1 000 training examples per task.",
        "The work was performed in Berlin, Zürich, and Amsterdam.",
    ),
    "muzero": (
        "architecture as AlphaZero, but with 16 residual blocks instead of 20.",
        "using a perfect model, to the performance of search in MuZero, using a learned model.",
        "Baseline players used an equivalent search time of 100ms per move.",
        "model-based planning approaches have historically struggled - our new algorithm achieved a new state of",
        "This tripartite separation between representation learning, model learning, and planning is potentially",
        "generalized to allow for single agent domains and intermediate rewards (see Methods).",
        "established by playing games against AlphaZero using 800 simulations per move for both players.",
        "the terminal value provided by the simulator instead of the value produced by the network.",
        "To improve the sample efficiency of MuZero we introduced a second variant of the algorithm",
        "primarily to increase sample reuse and avoid overfitting of the value function.",
        "huge success in challenging domains, such as chess and Go, where a perfect simulator is available.",
        "real-world impact in applications from logistics [47] to chemical synthesis [37].",
        "maintaining superhuman performance in precision planning tasks such as chess, shogi and Go.",
        "directly modeling the observation stream at the pixel-level.",
        "a representation function, a dynamics function, and a prediction function.",
        "the same squared error loss as AlphaZero is used for rewards and values.",
        "Imperfect information games such as Poker are not directly addressed by our method.",
        "despite using less computation per node in the search tree (16 residual blocks per evaluation in MuZero",
        "achieved 731% median normalized score, compared to 192%, 231% and 431% for previous state-of-the-art",
        "In board games the discount is assumed to be 1 and there are no intermediate rewards.",
        "concatenated with a representation of the action for the transition.",
        "in board games this is the same as the board size (19x19 for Go, 8x8 for chess, 9x9 for shogi).",
        "at the start of the dynamics function by 1/2.",
    ),
    "2112.04426": (
        "an effective way to mitigate the increased over-fitting due to the additional weights",
        "do not modify the underlying neural-network models, but interpolate at inference",
        "We favour bits-per-byte over loss as it is tokenizer agnostic.",
        "outperform the baseline on all test sets.",
        "is competitive with previous approaches such as",
        "is competitive on retrieval-intensive downstream tasks such as question answering.",
        "while attending the future of the neighbours gives 56% of the performance.",
        "contains a list of neighbouring articles.",
        "measuring the proportion of evaluation chunks with a certain overlap",
        "can be fine-tuned into a retrieval-enhanced transformer by randomly initializing",
        "can be improved at evaluation time by increasing the database size and the number of retrieved neighbours.",
        "as depicted on the right of Fig. 2.",
        "is the first to be able to access the retrieved content",
        "both in the number of steps to reach a given performance and computational efficiency.",
        "we compute the link distance between the target and the top-5 neighbours using only Wikipedia.",
        "we exclude the Enron Emails and the Youtube Subtitles datasets.",
        "When retrieving from Wikipedia, we obtain results comparable to our kNN-LM implementation.",
        "trillions of tokens—scaling the data available to models by an order of magnitude",
        "outperforms previous models trained on large scale datasets.",
        "dm_mathematics and ubuntu_irc subsets",
        "using an expectation-maximization algorithm to train the retriever end-to-end",
        "2-3 links away from a given article whereas random articles are more than 5 links apart.",
        "URL https://openreview.net/forum?id=ByxZX20qFQ.",
        "URL https://arxiv.org/abs/2001.08361.",
    ),
    "HW0": (
        "report how much the test accuracy drops when test images are flipped vertically.",
        "train neural-networks entirely from scratch, in < 200 lines of python.",
        "This first “warm up” problem will get you setup running deep learning experiments on a GPU.",
        "with the following settings: Runtime=pytorch, Machine type=“Free P5000”",
        "to predict whether the digit is even or odd.",
        "try changing the model definition, the batch sizes, the learning rate schedule, the number of train samples",
        "understand neccesary and sufficient conditions that ensure neural-networks can be properly optimized with SGD",
        "whether the digit is even or odd. Take n = 500 samples from MNIST",
        "If you are interested, we recommend this survey on optimization considerations in neural networks.",
        "the same convolutional neural network architecture we trained in Problem 1, with two different widths",
        "(Hint: compute the spectrum of the matrix X, and think about its condition number)",
        "although it describes the same family of linear models.",
        "Instances auto-shutdown after 12 hours, or if you close the browser.",
        "Deep learning frameworks like PyTorch make it easy to define models, compute gradients",
        "https://github.com/boazbk/mltheoryseminar/blob/main/code/hw0/simple_train.ipynb",
        "Remove these layers and try to train the network.",
        "design and debugging process of training a state-of-the-art network.",
        "generalization gap of neural networks in the under and over-parameterized regime.",
        "Using wandb, you can log the errors during training and compare them across hyperparameters.",
        "Compute the numeric (exact) rank of the matrix X.",
        "Investigate and describe why you think SGD did or did not work.",
        "instead of a random-features approximation to the Gaussian kernel.",
    ),
}
# Headings with their levels, one for each kind; how many references; what pages repeat and no sentence may hold.
STRUCTURE: dict[str, tuple[dict[str, int], int, tuple[str, ...]]] = {
    "1706.03762": (
        {"Abstract": 1, "1 Introduction": 1, "3.2 Attention": 2, "3.2.2 Multi-Head Attention": 3, "References": 1},
        40,
        ("arXiv:1706.03762v",),
    ),
    "resnet": (
        {
            "Abstract": 1,
            "1. Introduction": 1,
            "3.1. Residual Learning": 2,
            "References": 1,
            "C. ImageNet Localization": 1,
        },
        50,
        ("arXiv:1512.03385v1", "10 Dec 2015"),
    ),
    "vit": (
        {
            "ABSTRACT": 1,
            "3.1 VISION TRANSFORMER (VIT)": 2,
            "B.1.1 FINE-TUNING": 3,
            "ACKNOWLEDGEMENTS": 1,
            "APPENDIX": 1,
        },
        58,
        ("Published as a conference paper",),
    ),
    "muzero": (
        {"Abstract": 1, "2 Prior Work": 1, "6 Acknowledgments": 1, "Appendix B Search": 1},
        49,
        ("arXiv:1911.08265v",),
    ),
    "2112.04426": (
        {"1. Introduction": 1, "2.1. Training dataset": 2, "B.1.1. Feed-forward architecture": 3, "References": 1},
        58,
        ("arXiv:2112.04426v", "Improving language models by retrieving from trillions of tokens 2"),
    ),
    "HW0": ({"Getting Started": 2, "Problem 1: Robustness": 2, "Train CIFAR-10": 3}, 0, ()),
}


@pytest.mark.parametrize(("name", "sentence"), [(name, one) for name, some in SENTENCES.items() for one in some])
def test_a_sentence_stands_whole(flow_of_paper: Papers, name: str, sentence: str) -> None:
    text = [re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹](?=[.,]|$)", "", block.text) for block in flow_of_paper(name)]
    folded = sentence.casefold()
    assert any(folded in block.casefold() for block in text)


@pytest.mark.parametrize("name", STRUCTURE)
def test_the_structure_of_a_paper(flow_of_paper: Papers, name: str) -> None:
    headings, references, repeated = STRUCTURE[name]
    blocks = flow_of_paper(name)
    found = {block.text: block.level for block in blocks if block.kind == "heading"}
    assert {text: found.get(text) for text in headings} == headings
    assert sum(block.kind == "reference" for block in blocks) == references
    prose = [block.text for block in blocks if block.kind in ("paragraph", "item", "reference", "footnote")]
    assert not [text for text in prose for stamp in repeated if stamp in text]
    # A page's number alone, or between two words of a sentence, would be one that was not dropped.
    assert not [text for text in prose if re.fullmatch(r"\d{1,3}", text)]


@pytest.mark.parametrize("name", STRUCTURE)
def test_no_hyphen_of_a_line_is_left(flow_of_paper: Papers, name: str) -> None:
    assert not [
        block.text for block in flow_of_paper(name) if "\u2010" in block.text and block.kind not in ("table", "code")
    ]
