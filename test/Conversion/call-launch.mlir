// RUN: snn-opt %s --snn-call-launch | FileCheck %s

// A memref is its pointers, offset, sizes and strides.
// CHECK-NOT: gpu.module
// CHECK-DAG: llvm.func @snn_cuda_launch(!llvm.ptr, i32, i64, i64, i64, i64, i64, i64, i64, i32, !llvm.ptr)
// CHECK-LABEL: llvm.func @launch(
//  CHECK-SAME:   %[[N:.*]]: i64, %[[X:[a-z0-9]+]]: f32, %{{.*}}: !llvm.struct<{{.*}}>, %[[FRAME:.*]]: !llvm.ptr)
//       CHECK:   %[[LIST:.*]] = llvm.alloca {{.*}} x !llvm.array<6 x ptr>
//       CHECK:   llvm.store %[[X]]
//       CHECK:   llvm.call @snn_cuda_launch(%[[FRAME]], {{.*}}, %[[N]], {{.*}}, %[[LIST]])
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @k(%x: f32, %a: !llvm.ptr, %b: !llvm.ptr, %o: i64, %s: i64,
                 %t: i64) attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
  }
  llvm.func @launch(
      %n: i64, %x: f32,
      %s: !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>,
      %run: !llvm.ptr) {
    %m = builtin.unrealized_conversion_cast %s
        : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
        to memref<?xf32>
    %c1 = llvm.mlir.constant(1 : i64) : i64
    gpu.launch_func @kernels::@k blocks in (%n, %c1, %c1)
        threads in (%n, %c1, %c1) : i64 args(%x : f32, %m : memref<?xf32>)
    llvm.return
  }
}
