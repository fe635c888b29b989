"""What other libraries call for a layer of tenbin's: PyTorch, ONNX Runtime and OpenVINO. Weights are constants of the two models,
so that they can be packed when these are made.

SPDX-License-Identifier: MIT"""
import contextlib
import importlib
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden" / "export"))
NORMAL, CONV, POOL = "normal", "conv_transpose2d", "max_pool2d"
FIRST = {NORMAL: "torch_normal_", CONV: "torch_nchw", POOL: "torch_nchw"}  # what the table compares with
AGREE = 1e-4  # of the largest element: two right answers in f32 differ by less
PEERS = {"onnxruntime": ("onnxruntime", "onnx"), "openvino": ("openvino", "onnx")}  # beside PyTorch, with what they need


@dataclass
class Call:
    """One library's way of doing a layer. `call` returns its answer, or None where there is none to compare."""

    kernel: str
    library: str
    call: object
    context: object = contextlib.nullcontext
    prepare: object = ""  # seconds, where something was made beforehand
    status: str = "ok"
    reason: str = ""


@dataclass
class Layer:
    calls: list
    columns: dict = field(default_factory=dict)  # what follows from a median: name -> function of it


def installed():
    """The names of those that can be imported."""

    def there(module):
        try:
            return importlib.import_module(module)
        except ImportError:
            return None

    return [peer for peer, modules in PEERS.items() if all(map(there, modules))]


def torch_library(torch):
    return f"PyTorch {torch.__version__.split('+')[0]} {torch.backends.cpu.get_cpu_capability()}"


def normal(torch, descriptor):
    """PyTorch's calls for a layer of normal. tenbin has checked the descriptor."""
    from cases import parse
    from dtypes import torch_dtype

    c = parse(descriptor)
    shape, dtype = c.calls[0].size, torch_dtype(c.dtype)
    mean, std = (c.mean, c.std) if c.calls[0].mean is None else (c.calls[0].mean, c.calls[0].std)
    y = torch.empty(shape, dtype=dtype)
    numbers, size = y.numel(), y.numel() * y.element_size()
    torch.manual_seed(c.seed)
    calls = [Call(FIRST[NORMAL], torch_library(torch), lambda: y.normal_(mean, std))]
    if (mean, std) == (0, 1):
        calls.append(Call("torch_randn", torch_library(torch), lambda: torch.randn(shape, dtype=dtype)))
    return Layer(calls, {"ns_per_number": lambda s: 1e9 * s / numbers, "gb_per_s": lambda s: 1e-9 * size / s})


def torch_calls(torch, c, x, w, b):
    last = {"memory_format": torch.channels_last}
    arguments = {"stride": c.stride, "padding": c.padding, "output_padding": c.output_padding, "dilation": c.dilation}
    arguments["groups"] = c.groups
    run, library = torch.nn.functional.conv_transpose2d, torch_library(torch)
    x_last, w_last = x.contiguous(**last), w.contiguous(**last)
    module = torch.nn.ConvTranspose2d(w.shape[0], w.shape[1] * c.groups, w.shape[2:], bias=b is not None, **arguments).eval()
    module.weight.copy_(w)
    if b is not None:
        module.bias.copy_(b)
    with torch.inference_mode():
        x_inference = x.clone()
    return [
        Call(FIRST[CONV], library, lambda: run(x, w, b, **arguments)),
        Call("torch_channels_last", library, lambda: run(x_last, w_last, b, **arguments)),
        Call("torch_inference", library, lambda: module(x_inference), torch.inference_mode),
    ]


def onnx_model(c, x, w, b, y):
    """A model of the one layer; numpy arrays."""
    import onnx
    from onnx import helper, numpy_helper

    node = helper.make_node(
        "ConvTranspose",
        ["x", "w"] + (["b"] if b is not None else []),
        ["y"],
        strides=c.stride,
        pads=c.padding * 2,
        output_padding=c.output_padding,
        dilations=c.dilation,
        group=c.groups,
    )
    constants = [numpy_helper.from_array(w, "w")] + ([numpy_helper.from_array(b, "b")] if b is not None else [])
    ends = [[helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, t.shape)] for name, t in (("x", x), ("y", y))]
    graph = helper.make_graph([node], "layer", *ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def onnxruntime_call(model, threads, x, y):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    given, answer = (onnxruntime.OrtValue.ortvalue_from_numpy(t) for t in (x, y))
    binding.bind_ortvalue_input("x", given)
    binding.bind_ortvalue_output("y", answer)

    def call():
        session.run_with_iobinding(binding)
        return answer

    return f"ONNX Runtime {onnxruntime.__version__}", call


def openvino_call(model, threads, x, y):
    import openvino

    core = openvino.Core()
    wanted = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(core.read_model(model), "CPU", wanted).create_infer_request()
    answer = openvino.Tensor(y, shared_memory=True)
    request.set_input_tensor(openvino.Tensor(x, shared_memory=True))
    request.set_output_tensor(answer)

    def call():
        request.infer()
        return y

    return f"OpenVINO {openvino.__version__.split('-')[0]}", call


def other_call(peer, model, threads, x, y):
    make = {"onnxruntime": onnxruntime_call, "openvino": openvino_call}[peer]
    start = time.perf_counter()
    try:
        library, call = make(model, threads, x, y)
        call()
    except Exception as error:  # each library has its own, for what it does not support
        why = str(error).strip().splitlines() or [type(error).__name__]
        return Call(peer, peer, None, status="unsupported", reason=why[0][:150])
    return Call(peer, library, call, prepare=time.perf_counter() - start)


def check(torch, calls):
    """Whoever gives another answer than the first is not timed."""
    with torch.inference_mode():
        wanted = calls[0].call()
        bound = AGREE * wanted.abs().max().item()
        for one in calls[1:]:
            if one.status != "ok":
                continue
            got = one.call()
            got = got if isinstance(got, torch.Tensor) else torch.from_numpy(got.numpy() if hasattr(got, "numpy") else got)
            worst = (got - wanted).abs().max().item()
            if not worst <= bound:
                one.status, one.reason = "failed", f"its answer differs from {calls[0].kernel}'s by up to {worst:g}"


def conv(torch, peers, descriptor, threads):
    """The calls of all libraries for a layer of conv_transpose2d."""
    from cases import parse

    c = parse(descriptor)
    torch.manual_seed(c.seed)
    x, w = torch.randn(c.x if len(c.x) == 4 else [1] + c.x), torch.randn(c.w)
    b = torch.randn(c.b) if c.b is not None else None
    calls = torch_calls(torch, c, x, w, b)
    y = calls[0].call()
    if peers:
        arrays = [t.numpy() if t is not None else None for t in (x, w, b)]
        model = onnx_model(c, *arrays, y.numpy())
        calls += [other_call(peer, model, threads, arrays[0], torch.zeros_like(y).numpy()) for peer in peers]
    check(torch, calls)
    work = 2e-9 * x.numel() * w[0].numel()
    images = x.shape[0]
    return Layer(calls, {"gflops": lambda s: work / s, "image_s": lambda s: s / images})


def pool(torch, descriptor):
    """PyTorch's calls for a layer of max_pool2d."""
    from cases import parse
    from max_pool2d import call_pytorch, inputs

    c = parse(descriptor)
    x = inputs(c)

    def call(x):
        return call_pytorch(c, x, c.indices)

    first = x.contiguous()
    calls = [Call(FIRST[POOL], torch_library(torch), lambda: call(first)[0])]
    if x.dim() == 4:
        last = x.contiguous(memory_format=torch.channels_last)
        calls.append(Call("torch_channels_last", torch_library(torch), lambda: call(last)[0]))
    check(torch, calls)
    work = 2e-9 * x.numel() * c.kernel_size[0] * c.kernel_size[-1]  # as tenbin counts it: every pixel in each place of the kernel
    images = x.shape[0] if x.dim() == 4 else 1
    return Layer(calls, {"gflops": lambda s: work / s, "image_s": lambda s: s / images})


def layer(torch, peers, descriptor, threads):
    """The calls for a layer. An operator that is not in FIRST has none."""
    op = descriptor.split()[0]
    if op == CONV:
        return conv(torch, peers, descriptor, threads)
    return {NORMAL: normal, POOL: pool}[op](torch, descriptor)
