//===- Passes.td - Passes from snn to upstream dialects ------*- tablegen -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_CONVERSION_PASSES_TD
#define SNN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSNNRecurrenceToSCFPass : Pass<"convert-snn-recurrence-to-scf"> {
  let summary = "Run the windows of snn.recurrent in a loop";
  let description = [{
    Turns `snn.recurrent` into an `scf.for` over windows as long as its smallest
    span. Feedback is read from the histories, which are carried beside the
    states; the body is inlined, for it is written for any window. In a `reverse`
    recurrence the windows start at the end and every op of the body is reversed,
    so named neurons must have been generalized. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
      %y, %h = snn.recurrent ins(%x : tensor<?x2x4xf32>) skip 3 {
      ^bb0(%xw: tensor<?x2x4xf32>, %fb: tensor<?x2x4xf32>):
        %s = arith.addf %xw, %fb : tensor<?x2x4xf32>
        snn.yield %s : tensor<?x2x4xf32> feedback(%s : tensor<?x2x4xf32>)
      } -> (tensor<?x2x4xf32>) history(tensor<3x2x4xf32>)
      return %y : tensor<?x2x4xf32>
    }
    ```

    After, with the reading of histories left out:

    ```mlir
    func.func @after(%x: tensor<?x2x4xf32>, %y0: tensor<?x2x4xf32>,
                     %h: tensor<?x2x4xf32>, %T: index) -> tensor<?x2x4xf32> {
      %c0 = arith.constant 0 : index
      %c3 = arith.constant 3 : index
      %y = scf.for %t = %c0 to %T step %c3 iter_args(%out = %y0)
          -> (tensor<?x2x4xf32>) {
        %left = arith.subi %T, %t : index
        %len = arith.minsi %left, %c3 : index
        %xw = tensor.extract_slice %x[%t, 0, 0] [%len, 2, 4] [1, 1, 1]
            : tensor<?x2x4xf32> to tensor<?x2x4xf32>
        %fb = tensor.extract_slice %h[0, 0, 0] [%len, 2, 4] [1, 1, 1]
            : tensor<?x2x4xf32> to tensor<?x2x4xf32>
        %s = arith.addf %xw, %fb : tensor<?x2x4xf32>
        %next = tensor.insert_slice %s into %out[%t, 0, 0] [%len, 2, 4]
            [1, 1, 1] : tensor<?x2x4xf32> into tensor<?x2x4xf32>
        scf.yield %next : tensor<?x2x4xf32>
      }
      return %y : tensor<?x2x4xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "scf::SCFDialect", "tensor::TensorDialect"];
}

def ConvertSNNToLinalgPass : Pass<"convert-snn-to-linalg"> {
  let summary = "Lower snn to linalg, scf and vector on tensors";
  let description = [{
    The sequential lowering, which is the meaning of the dialect as code. Neurons
    become loops over batch, tiles of neurons and time whose states stay in vector
    registers, and write the words of spikes that are packed; synapses on spikes
    add the weight rows of the spikes that are set,
    synapses on values are register-blocked products, both in canonical order; the
    rest becomes `linalg.generic`. Recurrences must have been converted and
    neurons generalized before. After it no snn op is left, or the pass fails.
    Class A: lanes and blocks never change a bit.

    Before:

    ```mlir
    func.func @before(%c: tensor<?x?x8xi1>) -> tensor<?x?x8xi1> {
      %s = snn.refractory phase 4 %c {phase = 1} : tensor<?x?x8xi1>
      return %s : tensor<?x?x8xi1>
    }
    ```

    After:

    ```mlir
    #map = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
    func.func @after(%c: tensor<?x?x8xi1>, %init: tensor<?x?x8xi1>)
        -> tensor<?x?x8xi1> {
      %c1 = arith.constant 1 : i64
      %c4 = arith.constant 4 : i64
      %s = linalg.generic {indexing_maps = [#map, #map],
          iterator_types = ["parallel", "parallel", "parallel"]}
          ins(%c : tensor<?x?x8xi1>) outs(%init : tensor<?x?x8xi1>) {
      ^bb0(%in: i1, %out: i1):
        %t = linalg.index 0 : index
        %t64 = arith.index_cast %t : index to i64
        %rem = arith.remui %t64, %c4 : i64
        %open = arith.cmpi eq, %rem, %c1 : i64
        %spike = arith.andi %in, %open : i1
        linalg.yield %spike : i1
      } -> tensor<?x?x8xi1>
      return %s : tensor<?x?x8xi1>
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "32",
           "32-bit lanes of the states of a tile of neurons (a power of two)">,
    Option<"rowBlock", "row-block", "int64_t", "4",
           "rows of a product that are computed together">,
    Option<"columnLanes", "column-lanes", "int64_t", "16",
           "32-bit outputs of a product that are computed together">,
    Option<"eventLanes", "event-lanes", "int64_t", "64",
           "32-bit outputs that a spike's weights are added to together">,
    Option<"stepsPerVisit", "steps-per-visit", "int64_t", "4",
           "steps that long rows of neurons are run for at once">,
    Option<"rowBytes", "row-bytes", "int64_t", "4096",
           "bytes of one step from which on a row is long">,
    Option<"cacheBytes", "cache-bytes", "int64_t", "2097152",
           "bytes of a sequence from which on it comes from memory">,
    Option<"vectorLanes", "vector-lanes", "int64_t", "8",
           "32-bit lanes of a vector register (a power of two)">,
    Option<"chunkSteps", "chunk-steps", "int64_t", "512",
                      "least steps of a chunk of time that runs beside others">,
    Option<"chunkLanes", "chunk-lanes", "int64_t", "0",
           "most batch times neurons that run in chunks of time; 0: two vectors">,
  ];
  let dependentDialects = ["arith::ArithDialect",
                           "bufferization::BufferizationDialect",
                           "linalg::LinalgDialect", "memref::MemRefDialect",
                           "math::MathDialect", "scf::SCFDialect",
                           "tensor::TensorDialect", "vector::VectorDialect"];
}

def StoreSpikesAsBytesPass : Pass<"snn-store-spikes-as-bytes"> {
  let summary = "Give spikes in memory one byte each";
  let description = [{
    Tensors of `i1` become tensors of `i8`, 0 or 1: the layout of a vector of `i1`
    in memory (bits) is not that of an `i1` element (a byte). Scalars and vectors
    of `i1` stay as they are; reads compare with 0, writes extend. Class A.

    Before:

    ```mlir
    func.func @before(%s: tensor<8xi1>, %i: index) -> i1 {
      %0 = tensor.extract %s[%i] : tensor<8xi1>
      return %0 : i1
    }
    ```

    After:

    ```mlir
    func.func @after(%s: tensor<8xi8>, %i: index) -> i1 {
      %c0 = arith.constant 0 : i8
      %byte = tensor.extract %s[%i] : tensor<8xi8>
      %0 = arith.cmpi ne, %byte, %c0 : i8
      return %0 : i1
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "vector::VectorDialect"];
}

def EmitEntryPass : Pass<"snn-emit-entry", "ModuleOp"> {
  let summary = "Give a model the entry that the runtime calls";
  let description = [{
    Replaces the model, a function on tensors, by a function on memrefs that
    writes its results to memrefs of the caller: arguments, then results, then one
    i1 which says whether records are written; what only they need is not
    computed otherwise. Dimensions before the batch have free strides, so that a
    slice of the batch can be passed in place.

    Before:

    ```mlir
    func.func @model(%x: tensor<?x?x4xi8>, %position: i64 {snn.position},
                     %batch: i64 {snn.batch}) -> tensor<?x?x4xi8> {
      return %x : tensor<?x?x4xi8>
    }
    ```

    After:

    ```mlir
    func.func @model(%x: memref<?x?x4xi8, strided<[?, 4, 1]>> {snn.sequence},
                     %y: memref<?x?x4xi8, strided<[?, 4, 1]>> {snn.sequence},
                     %position: i64, %batch: i64, %record: i1) {
      %0 = bufferization.to_tensor %x restrict
          : memref<?x?x4xi8, strided<[?, 4, 1]>> to tensor<?x?x4xi8>
      bufferization.materialize_in_destination %0 in restrict writable %y
          : (tensor<?x?x4xi8>, memref<?x?x4xi8, strided<[?, 4, 1]>>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = ["bufferization::BufferizationDialect",
                           "memref::MemRefDialect", "scf::SCFDialect"];
}

def BoundWorkspacePass : Pass<"snn-bound-workspace", "ModuleOp"> {
  let summary = "Compute how much memory a window's intermediates take";
  let description = [{
    Adds a function `snn_workspace_bytes(steps, batch)` to an entry (see
    `snn-emit-entry`): an upper bound of what its allocations take together, as
    the runtime places them, each behind a header of 64 bytes, at a multiple of 64.
    A loop's allocation that an iteration hands on counts once for each memref
    that the loops around it carry, and once for the next one. The bound grows
    with both sizes, so that of the largest window holds for all.

    Before:

    ```mlir
    func.func @model(%x: memref<?x?x4xf32> {snn.sequence}) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %t = memref.dim %x, %c0 : memref<?x?x4xf32>
      %b = memref.dim %x, %c1 : memref<?x?x4xf32>
      %a = memref.alloc(%t, %b) : memref<?x?x4xf32>
      memref.copy %x, %a : memref<?x?x4xf32> to memref<?x?x4xf32>
      memref.dealloc %a : memref<?x?x4xf32>
      return
    }
    ```

    After:

    ```mlir
    func.func @snn_workspace_bytes(%steps: i64, %batch: i64) -> i64 {
      %t = arith.index_cast %steps : i64 to index
      %b = arith.index_cast %batch : i64 to index
      %c16 = arith.constant 16 : index
      %0 = arith.muli %t, %c16 : index
      %1 = arith.muli %0, %b : index
      %c127 = arith.constant 127 : index
      %2 = arith.addi %1, %c127 : index
      %c-64 = arith.constant -64 : index
      %3 = arith.andi %2, %c-64 : index
      %4 = arith.index_cast %3 : index to i64
      return %4 : i64
    }
    func.func @model(%x: memref<?x?x4xf32>) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %t = memref.dim %x, %c0 : memref<?x?x4xf32>
      %b = memref.dim %x, %c1 : memref<?x?x4xf32>
      %a = memref.alloc(%t, %b) : memref<?x?x4xf32>
      memref.copy %x, %a : memref<?x?x4xf32> to memref<?x?x4xf32>
      memref.dealloc %a : memref<?x?x4xf32>
      return
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "func::FuncDialect"];
}

def WriteResultsInPlacePass
    : Pass<"snn-write-results-in-place", "func::FuncOp"> {
  let summary = "Let loops write the caller's arrays";
  let description = [{
    An empty tensor that becomes, through loops and other shapes, what is written to
    an array of the caller is that array. Upstream's elimination of empty tensors
    does the same where no shape changes on the way. Bufferization then finds
    nothing to copy.

    Before:

    ```mlir
    func.func @before(%x: tensor<8xf32>, %y: memref<2x4xf32>) {
      %0 = tensor.empty() : tensor<2x4xf32>
      %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
      %2 = linalg.copy ins(%x : tensor<8xf32>) outs(%1 : tensor<8xf32>)
          -> tensor<8xf32>
      %3 = tensor.expand_shape %2 [[0, 1]] output_shape [2, 4]
          : tensor<8xf32> into tensor<2x4xf32>
      bufferization.materialize_in_destination %3 in restrict writable %y
          : (tensor<2x4xf32>, memref<2x4xf32>) -> ()
      return
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<8xf32>, %y: memref<2x4xf32>) {
      %0 = bufferization.to_tensor %y restrict writable
          : memref<2x4xf32> to tensor<2x4xf32>
      %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
      %2 = linalg.copy ins(%x : tensor<8xf32>) outs(%1 : tensor<8xf32>)
          -> tensor<8xf32>
      %3 = tensor.expand_shape %2 [[0, 1]] output_shape [2, 4]
          : tensor<8xf32> into tensor<2x4xf32>
      bufferization.materialize_in_destination %3 in restrict writable %y
          : (tensor<2x4xf32>, memref<2x4xf32>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = ["bufferization::BufferizationDialect"];
}

def UseWorkspacePass : Pass<"snn-use-workspace", "ModuleOp"> {
  let summary = "Allocate from the caller's workspace";
  let description = [{
    The entry, and the wrapper of its C interface, get one more argument, a pointer
    to the workspace, and allocate with the runtime's `snn_workspace_alloc` and
    `snn_workspace_free`, which never ask the system for memory; on a `gpu` with
    `snn_cuda_alloc` and `snn_cuda_free`, which is told the workspace as well, and
    so are the functions of the runtime that read memory or call a library.

    Before:

    ```mlir
    llvm.func @_mlir_memref_to_llvm_aligned_alloc(i64, i64) -> !llvm.ptr
    llvm.func @_mlir_memref_to_llvm_free(!llvm.ptr)
    llvm.func @before(%bytes: i64) {
      %alignment = llvm.mlir.constant(64 : i64) : i64
      %0 = llvm.call @_mlir_memref_to_llvm_aligned_alloc(%alignment, %bytes)
          : (i64, i64) -> !llvm.ptr
      llvm.call @_mlir_memref_to_llvm_free(%0) : (!llvm.ptr) -> ()
      llvm.return
    }
    ```

    After:

    ```mlir
    llvm.func @snn_workspace_alloc(!llvm.ptr, i64, i64) -> !llvm.ptr
    llvm.func @snn_workspace_free(!llvm.ptr)
    llvm.func @after(%bytes: i64, %workspace: !llvm.ptr) {
      %alignment = llvm.mlir.constant(64 : i64) : i64
      %site = llvm.mlir.constant(0 : i64) : i64
      %0 = llvm.call @snn_workspace_alloc(%workspace, %bytes, %site)
          : (!llvm.ptr, i64, i64) -> !llvm.ptr
      llvm.call @snn_workspace_free(%0) : (!llvm.ptr) -> ()
      llvm.return
    }
    ```
  }];
  let options = [Option<"gpu", "gpu", "bool", "false", "Memory of a GPU.">];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

def ReinterpretExpandedShapesPass
    : Pass<"snn-reinterpret-expanded-shapes", "func::FuncOp"> {
  let summary = "Expand dense memrefs by reinterpretation";
  let description = [{
    A `memref.expand_shape` of a dense memref becomes a
    `memref.reinterpret_cast` with the same sizes. Upstream's
    `expand-strided-metadata` allows one dynamic size per group; time and batch
    are two. Class A.

    Before:

    ```mlir
    func.func @before(%m: memref<?x4xf32>, %t: index, %b: index)
        -> memref<?x?x4xf32> {
      %e = memref.expand_shape %m [[0, 1], [2]] output_shape [%t, %b, 4]
          : memref<?x4xf32> into memref<?x?x4xf32>
      return %e : memref<?x?x4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%m: memref<?x4xf32>, %t: index, %b: index)
        -> memref<?x?x4xf32> {
      %c4 = arith.constant 4 : index
      %stride = arith.muli %b, %c4 : index
      %r = memref.reinterpret_cast %m to offset: [0], sizes: [%t, %b, 4],
          strides: [%stride, 4, 1]
          : memref<?x4xf32> to memref<?x?x4xf32, strided<[?, 4, 1]>>
      %e = memref.cast %r : memref<?x?x4xf32, strided<[?, 4, 1]>>
          to memref<?x?x4xf32>
      return %e : memref<?x?x4xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "memref::MemRefDialect"];
}

def OutlineParallelPass : Pass<"snn-outline-parallel", "ModuleOp"> {
  let summary = "Make the bodies of parallel loops functions";
  let description = [{
    Every outermost one-dimensional `scf.parallel` becomes a call of a function
    marked `snn.parallel` that runs the iterations `[begin, end)`; values from
    outside become arguments. `snn-call-parallel` turns the calls into calls of
    the runtime's pool. Inner parallel loops become sequential. Class A.

    Before:

    ```mlir
    func.func @before(%m: memref<?xf32>, %n: index) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      scf.parallel (%i) = (%c0) to (%n) step (%c1) {
        %v = memref.load %m[%i] : memref<?xf32>
        memref.store %v, %m[%c0] : memref<?xf32>
        scf.reduce
      }
      return
    }
    ```

    After:

    ```mlir
    func.func @after(%m: memref<?xf32>, %n: index) {
      %c0 = arith.constant 0 : index
      func.call @after_parallel_0(%c0, %n, %m)
          : (index, index, memref<?xf32>) -> ()
      return
    }
    func.func private @after_parallel_0(%begin: index, %end: index,
                                        %m: memref<?xf32>)
        attributes {snn.parallel} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      scf.for %i = %begin to %end step %c1 {
        %v = memref.load %m[%i] : memref<?xf32>
        memref.store %v, %m[%c0] : memref<?xf32>
      }
      return
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "func::FuncDialect",
                           "scf::SCFDialect"];
}

def LaunchKernelsPass : Pass<"snn-launch-kernels", "ModuleOp"> {
  let summary = "Make what touches memory kernels, the rest launches them";
  let description = [{
    For a GPU: the function stays on the host, where it computes sizes, allocates
    and loops over windows; its memrefs hold addresses of the GPU, so everything
    that reads or writes them goes to a kernel:

    - an `scf.forall` with a mapping is a loop over the blocks of one kernel, of
      which `snn.kernel` tells the `name`, the `threads` of a block, the bytes of
      dynamic `shared` memory and, with `cooperative`, that all blocks run at
      once; its body asks for its thread. With `host` it has one iteration, which
      stays on the host and may call the runtime and launch kernels,
    - another `scf.forall` or `scf.parallel` runs an iteration in each thread,
    - any other op runs in one thread; its results go through memory.

    What a kernel reads of a scalar of the GPU is read by the kernel itself. The
    host reads one only for the bounds of a loop or a condition that depend on it,
    such as a span that is a parameter: it then waits for the GPU
    (`snn_cuda_read`). Class A.

    Before:

    ```mlir
    func.func @before(%m: memref<?xf32>, %n: index) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %v = arith.constant 1.0 : f32
      scf.parallel (%i) = (%c0) to (%n) step (%c1) {
        memref.store %v, %m[%i] : memref<?xf32>
        scf.reduce
      }
      return
    }
    ```

    After, with the sizes of the launch left out:

    ```mlir
    func.func @after(%m: memref<?xf32>, %n: index) {
      %c1 = arith.constant 1 : index
      %c256 = arith.constant 256 : index
      %blocks = arith.ceildivui %n, %c256 : index
      gpu.launch blocks(%b, %b1, %b2) in (%g = %blocks, %g1 = %c1, %g2 = %c1)
          threads(%t, %t1, %t2) in (%s = %c256, %s1 = %c1, %s2 = %c1)
          module(@kernels) function(@before_step) {
        %first = arith.muli %b, %c256 : index
        %i = arith.addi %first, %t : index
        %inside = arith.cmpi ult, %i, %n : index
        scf.if %inside {
          %v = arith.constant 1.0 : f32
          memref.store %v, %m[%i] : memref<?xf32>
        }
        gpu.terminator
      }
      return
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "gpu::GPUDialect",
                           "memref::MemRefDialect", "scf::SCFDialect"];
}

def CallIntrinsicsPass : Pass<"snn-call-intrinsics"> {
  let summary = "Call LLVM's intrinsics by their names";
  let description = [{
    fabs, sqrt, copysign, floor, ceil, round and roundeven of the llvm dialect
    become calls of the intrinsics of these names, which LLVM has instructions for
    on a GPU: `convert-gpu-to-nvvm` refuses the ops, for it wants CUDA's library of
    math functions. Class A.

    Before:

    ```mlir
    llvm.func @before(%x: f32) -> f32 {
      %0 = llvm.intr.sqrt(%x) : (f32) -> f32
      llvm.return %0 : f32
    }
    ```

    After:

    ```mlir
    llvm.func @after(%x: f32) -> f32 {
      %0 = llvm.call_intrinsic "llvm.sqrt"(%x) : (f32) -> f32
      llvm.return %0 : f32
    }
    ```
  }];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

def CallLaunchPass : Pass<"snn-call-launch", "ModuleOp"> {
  let summary = "Launch kernels through the runtime";
  let description = [{
    Every `gpu.launch_func` becomes a call of `snn_cuda_launch` with the number of
    the kernel in its module, and the `gpu.module`s go away; the function's last
    argument is that of the runtime (see `snn-use-workspace`, which must have
    run). Arguments of a kernel are scalars: a memref is its two pointers, its
    offset, sizes and strides, as `convert-gpu-to-nvvm` reads them.

    Before:

    ```mlir
    module attributes {gpu.container_module} {
      gpu.module @kernels {
        llvm.func @k(%x: f32) attributes {gpu.kernel, nvvm.kernel} {
          llvm.return
        }
      }
      llvm.func @before(%n: i64, %x: f32, %run: !llvm.ptr) {
        %c1 = llvm.mlir.constant(1 : i64) : i64
        gpu.launch_func @kernels::@k blocks in (%n, %c1, %c1)
            threads in (%n, %c1, %c1) : i64 args(%x : f32)
        llvm.return
      }
    }
    ```

    After:

    ```mlir
    module attributes {gpu.container_module} {
      llvm.func @snn_cuda_launch(!llvm.ptr, i32, i64, i64, i64, i64, i64, i64,
                                 i64, i32, !llvm.ptr)
      llvm.func @after(%n: i64, %x: f32, %run: !llvm.ptr) {
        %shared = llvm.mlir.constant(0 : i64) : i64
        %kernel = llvm.mlir.constant(0 : i32) : i32
        %c1 = llvm.mlir.constant(1 : i64) : i64
        %one = llvm.mlir.constant(1 : i32) : i32
        %list = llvm.alloca %one x !llvm.array<1 x ptr> : (i32) -> !llvm.ptr
        %slot = llvm.alloca %one x f32 : (i32) -> !llvm.ptr
        llvm.store %x, %slot : f32, !llvm.ptr
        llvm.store %slot, %list : !llvm.ptr, !llvm.ptr
        llvm.call @snn_cuda_launch(%run, %kernel, %n, %c1, %c1, %n, %c1, %c1,
                                   %shared, %kernel, %list)
            : (!llvm.ptr, i32, i64, i64, i64, i64, i64, i64, i64, i32,
               !llvm.ptr) -> ()
        llvm.return
      }
    }
    ```
  }];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

def CallParallelPass : Pass<"snn-call-parallel", "ModuleOp"> {
  let summary = "Run functions of iterations on the runtime's pool";
  let description = [{
    A call `f(begin, end, ...)` of a function marked `snn.parallel` becomes
    `snn_parallel_for(end - begin, 1, thunk, context)`: the other arguments go to
    a structure on the stack, which the thunk unpacks. Class A: the pool runs each
    iteration once, and they do not depend on each other.

    Before:

    ```mlir
    llvm.func @f(%begin: i64, %end: i64, %p: !llvm.ptr)
        attributes {snn.parallel} {
      llvm.return
    }
    llvm.func @before(%n: i64, %p: !llvm.ptr) {
      %c0 = llvm.mlir.constant(0 : i64) : i64
      llvm.call @f(%c0, %n, %p) : (i64, i64, !llvm.ptr) -> ()
      llvm.return
    }
    ```

    After, with the thunk left out:

    ```mlir
    llvm.func @snn_parallel_for(i64, i64, !llvm.ptr, !llvm.ptr)
    llvm.func @f_thunk(!llvm.ptr, i64, i64)
    llvm.func @after(%n: i64, %p: !llvm.ptr) {
      %c1 = llvm.mlir.constant(1 : i64) : i64
      %context = llvm.alloca %c1 x !llvm.struct<(ptr)> : (i64) -> !llvm.ptr
      %slot = llvm.getelementptr %context[0, 0]
          : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(ptr)>
      llvm.store %p, %slot : !llvm.ptr, !llvm.ptr
      %thunk = llvm.mlir.addressof @f_thunk : !llvm.ptr
      llvm.call @snn_parallel_for(%n, %c1, %thunk, %context)
          : (i64, i64, !llvm.ptr, !llvm.ptr) -> ()
      llvm.return
    }
    ```
  }];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

def ConvertSNNToGPUPass : Pass<"convert-snn-to-gpu"> {
  let summary = "Lower snn ops that have kernels for GPUs";
  let description = [{
    Each op becomes one or more `scf.forall` whose mapping says that iterations
    are the blocks of a kernel (`snn-launch-kernels` reads it, and `snn.kernel`
    beside it); their bodies read and write memory. Ops
    that have no kernel stay for `convert-snn-to-linalg`, and so does what is in a
    loop whose length only the data tells. Class A, but for `scan`, which is what
    its schedule says, and for an `snn.linear` that `snn-choose-library` has marked:
    the host asks cuBLASLt (`snn_cuda_matmul`) before it launches kernels.

    A neuron's thread runs up to four neighbours with their states in registers,
    reads inputs a block of steps ahead, and writes the words of spikes with its
    warp. Its kernels ask `snn_cuda_has_state` whether there are states before the
    run: if not, they start from zeros, and do not write states that only the next
    run would read. Other states are cleared first (`snn_cuda_clear_states`).

    The host chooses among a neuron's kernels by the sizes of a call, and those that
    are not chosen have no blocks: `loop`, all steps one after the other; with the
    schedule `speculate` and few neurons `team`, a block with all chunks of its
    neurons that runs those with a wrong start again until none is left, or, for
    more chunks than its warps, `chunks`, `repair` and `finish`; with `scan` a
    single pass over memory. The report names the kernels of a layer that has a
    name, under `gpu`.

    Before:

    ```mlir
    func.func @before(%x: tensor<?x2x64xf32>) -> tensor<?x2x64xf32> {
      %y, %v = snn.neuron ins(%x : tensor<?x2x64xf32>) {
      ^bb0(%x0: f32, %v0: f32):
        %v1 = arith.addf %v0, %x0 : f32
        snn.yield %v1 : f32 state(%v1 : f32)
      } -> (tensor<?x2x64xf32>) state(tensor<2x64xf32>)
      return %y : tensor<?x2x64xf32>
    }
    ```

    After, with the body left out:

    ```mlir
    func.func @after(%x: tensor<?x2x64xf32>, %blocks: index)
        -> tensor<?x2x64xf32> {
      %c0 = arith.constant 0 : index
      %steps = tensor.dim %x, %c0 : tensor<?x2x64xf32>
      %empty = tensor.empty(%steps) : tensor<?x2x64xf32>
      %y = scf.forall (%block) in (%blocks) shared_outs(%out = %empty)
          -> (tensor<?x2x64xf32>) {
        scf.forall.in_parallel {
        }
      } {mapping = [#gpu.block<x>],
         snn.kernel = {name = "neuron_loop4", threads = 128 : i64}}
      return %y : tensor<?x2x64xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect",
                           "bufferization::BufferizationDialect",
                           "func::FuncDialect", "gpu::GPUDialect",
                           "math::MathDialect", "LLVM::LLVMDialect",
                           "memref::MemRefDialect", "nvgpu::NVGPUDialect",
                           "NVVM::NVVMDialect",
                           "scf::SCFDialect", "tensor::TensorDialect",
                           "vector::VectorDialect"];
}

def ExpandCopiesPass : Pass<"snn-expand-copies", "func::FuncOp"> {
  let summary = "Copy strided memrefs in loops";
  let description = [{
    A `memref.copy` from or to a memref that is not dense becomes a
    `linalg.generic`: upstream would call a function of its runner library, which
    a binary of ours does not have. Dense copies stay, for they are a memcpy.
    Class A.

    Before:

    ```mlir
    func.func @before(%a: memref<?x4xf32, strided<[?, 1]>>, %b: memref<?x4xf32>) {
      memref.copy %a, %b : memref<?x4xf32, strided<[?, 1]>> to memref<?x4xf32>
      return
    }
    ```

    After:

    ```mlir
    #map = affine_map<(d0, d1) -> (d0, d1)>
    func.func @after(%a: memref<?x4xf32, strided<[?, 1]>>, %b: memref<?x4xf32>) {
      linalg.generic {indexing_maps = [#map, #map],
                      iterator_types = ["parallel", "parallel"]}
          ins(%a : memref<?x4xf32, strided<[?, 1]>>) outs(%b : memref<?x4xf32>) {
      ^bb0(%in: f32, %out: f32):
        linalg.yield %in : f32
      }
      return
    }
    ```
  }];
  let options = [Option<"all", "all", "bool", "false", "Dense ones, too.">];
  let dependentDialects = ["linalg::LinalgDialect"];
}

def ExpandMathPass : Pass<"snn-expand-math"> {
  let summary = "Turn math functions into arithmetic";
  let description = [{
    exp, expm1, log, log1p, tanh, pow, sin and cos of f32 and f64 become the forms
    of docs/math.md, of additions, multiplications, divisions and integers only, so
    that scalars, vectors of any width and every processor give the same bits. f16
    and bf16 are computed in f32 and rounded once. rsqrt becomes 1 / sqrt; remf,
    round and the maxima and minima are expanded exactly. Other functions become upstream's polynomials of f32
    where there is one; what is left is a call of the C library per element. Class A.

    With `constants-only`, functions of constants alone, scalars and tensors. This
    comes before every canonicalization of a model, which would compute them with
    the C library of the machine that compiles.

    Before:

    ```mlir
    func.func @before(%x: f32) -> f32 {
      %y = math.rsqrt %x : f32
      return %y : f32
    }
    ```

    After:

    ```mlir
    func.func @after(%x: f32) -> f32 {
      %one = arith.constant 1.0 : f32
      %root = math.sqrt %x : f32
      %y = arith.divf %one, %root : f32
      return %y : f32
    }
    ```
  }];
  let options = [Option<"constantsOnly", "constants-only", "bool", "false",
                        "Expand functions of constants only">];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "scf::SCFDialect", "tensor::TensorDialect",
                           "vector::VectorDialect"];
}

def ExpandNarrowFloatsPass : Pass<"snn-expand-narrow-floats"> {
  let summary = "Round to f16 and bf16 once";
  let description = [{
    A conversion of f64 to f16 or bf16 goes through the f32 beside it whose last
    bit is 1 unless it is exact, which rounds to the same number; one of an
    integer goes through a float that holds the integer. Otherwise they become
    calls into a compiler's runtime, which not every machine has, or round twice.
    Every other operation of f16 or bf16 is one of f32, rounded. Class A.

    Before:

    ```mlir
    func.func @before(%x: i16) -> bf16 {
      %y = arith.sitofp %x : i16 to bf16
      return %y : bf16
    }
    ```

    After:

    ```mlir
    func.func @after(%x: i16) -> bf16 {
      %exact = arith.sitofp %x : i16 to f32
      %y = arith.truncf %exact : f32 to bf16
      return %y : bf16
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "math::MathDialect",
                           "vector::VectorDialect"];
}

def DecomposeSoftmaxPass : Pass<"snn-decompose-softmax"> {
  let summary = "linalg.softmax as loops of one operation";
  let description = [{
    The largest element along the dimension, from NaN, which gives way; exp of each element less
    the largest; their sum in ascending order, from 0; and each divided by the
    sum: four structured ops. Class A: this is what `linalg.softmax` means here.

    Before:

    ```mlir
    func.func @before(%x: tensor<4x8xf32>, %out: tensor<4x8xf32>)
        -> tensor<4x8xf32> {
      %y = linalg.softmax dimension(1) ins(%x : tensor<4x8xf32>)
          outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
      return %y : tensor<4x8xf32>
    }
    ```

    After:

    ```mlir
    #row = affine_map<(i, j) -> (i, j)>
    #one = affine_map<(i, j) -> (i)>
    func.func @after(%x: tensor<4x8xf32>, %out: tensor<4x8xf32>)
        -> tensor<4x8xf32> {
      %empty = tensor.empty() : tensor<4xf32>
      %nan = arith.constant 0xFFC00000 : f32
      %nans = linalg.fill ins(%nan : f32) outs(%empty : tensor<4xf32>)
          -> tensor<4xf32>
      %largest = linalg.generic {indexing_maps = [#row, #one],
          iterator_types = ["parallel", "reduction"]}
          ins(%x : tensor<4x8xf32>) outs(%nans : tensor<4xf32>) {
      ^bb0(%a: f32, %b: f32):
        %m = arith.maxnumf %a, %b : f32
        linalg.yield %m : f32
      } -> tensor<4xf32>
      %exps = linalg.generic {indexing_maps = [#row, #one, #row],
          iterator_types = ["parallel", "parallel"]}
          ins(%x, %largest : tensor<4x8xf32>, tensor<4xf32>)
          outs(%out : tensor<4x8xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %less = arith.subf %a, %b : f32
        %e = math.exp %less : f32
        linalg.yield %e : f32
      } -> tensor<4x8xf32>
      %zero = arith.constant 0.0 : f32
      %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>)
          -> tensor<4xf32>
      %sums = linalg.generic {indexing_maps = [#row, #one],
          iterator_types = ["parallel", "reduction"]}
          ins(%exps : tensor<4x8xf32>) outs(%zeros : tensor<4xf32>) {
      ^bb0(%a: f32, %b: f32):
        %s = arith.addf %a, %b : f32
        linalg.yield %s : f32
      } -> tensor<4xf32>
      %y = linalg.generic {indexing_maps = [#row, #one, #row],
          iterator_types = ["parallel", "parallel"]}
          ins(%exps, %sums : tensor<4x8xf32>, tensor<4xf32>)
          outs(%out : tensor<4x8xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %q = arith.divf %a, %b : f32
        linalg.yield %q : f32
      } -> tensor<4x8xf32>
      return %y : tensor<4x8xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect", "linalg::LinalgDialect",
                           "math::MathDialect", "tensor::TensorDialect"];
}

def KeepPartialWritesPass : Pass<"snn-keep-partial-writes"> {
  let summary = "Show that a write leaves the rest of a tensor alone";
  let description = [{
    Bufferization compares the sizes of a vector with the first sizes of the
    tensor that it is written to, and takes a vector of 8 at the start of
    `tensor<1x63xf32>` for all of the tensor: the rest would be lost. It does not
    look at a write whose offset is no constant, so one offset is cast once.
    Class A.

    Before:

    ```mlir
    func.func @before(%v: vector<8xf32>, %t: tensor<1x63xf32>)
        -> tensor<1x63xf32> {
      %c0 = arith.constant 0 : index
      %r = vector.transfer_write %v, %t[%c0, %c0] {in_bounds = [true]}
          : vector<8xf32>, tensor<1x63xf32>
      return %r : tensor<1x63xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%v: vector<8xf32>, %t: tensor<1x63xf32>)
        -> tensor<1x63xf32> {
      %c0 = arith.constant 0 : index
      %zero = arith.constant 0 : i64
      %row = arith.index_cast %zero : i64 to index
      %r = vector.transfer_write %v, %t[%row, %c0] {in_bounds = [true]}
          : vector<8xf32>, tensor<1x63xf32>
      return %r : tensor<1x63xf32>
    }
    ```
  }];
  let dependentDialects = ["arith::ArithDialect"];
}

def SeparateDestinationsPass : Pass<"snn-separate-destinations"> {
  let summary = "A destination of its own for each op";
  let description = [{
    Two ops whose equal empty or filled destinations have become one get one each
    again. Bufferization would copy what they share, or, where one of them writes
    an output of the model, let the other write there, too. Class A.

    Before:

    ```mlir
    func.func @before(%x: tensor<4xf32>, %y: tensor<4xf32>)
        -> (tensor<4xf32>, tensor<4xf32>) {
      %empty = tensor.empty() : tensor<4xf32>
      %a = linalg.exp ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>)
          -> tensor<4xf32>
      %b = linalg.exp ins(%y : tensor<4xf32>) outs(%empty : tensor<4xf32>)
          -> tensor<4xf32>
      return %a, %b : tensor<4xf32>, tensor<4xf32>
    }
    ```

    After:

    ```mlir
    func.func @after(%x: tensor<4xf32>, %y: tensor<4xf32>)
        -> (tensor<4xf32>, tensor<4xf32>) {
      %other = tensor.empty() : tensor<4xf32>
      %empty = tensor.empty() : tensor<4xf32>
      %a = linalg.exp ins(%x : tensor<4xf32>) outs(%other : tensor<4xf32>)
          -> tensor<4xf32>
      %b = linalg.exp ins(%y : tensor<4xf32>) outs(%empty : tensor<4xf32>)
          -> tensor<4xf32>
      return %a, %b : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["linalg::LinalgDialect", "tensor::TensorDialect"];
}

def StoreBfloatsAsIntegersPass : Pass<"snn-store-bfloats-as-integers",
    "::mlir::ModuleOp"> {
  let summary = "bf16 as its bits";
  let description = [{
    Once no operation computes with bf16, its values are i16 with the same bits.
    LLVM would move some of them through f32, and back with a function of a
    compiler's runtime that not every machine has. Class A.

    Before:

    ```mlir
    llvm.func @before(%p: !llvm.ptr, %q: !llvm.ptr) {
      %x = llvm.load %p : !llvm.ptr -> bf16
      llvm.store %x, %q : bf16, !llvm.ptr
      llvm.return
    }
    ```

    After:

    ```mlir
    llvm.func @after(%p: !llvm.ptr, %q: !llvm.ptr) {
      %x = llvm.load %p : !llvm.ptr -> i16
      llvm.store %x, %q : i16, !llvm.ptr
      llvm.return
    }
    ```
  }];
  let dependentDialects = ["LLVM::LLVMDialect"];
}

#endif // SNN_CONVERSION_PASSES_TD
