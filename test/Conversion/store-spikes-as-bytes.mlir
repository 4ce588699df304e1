// Tensors of i1 become tensors of i8; scalars and vectors stay.
// RUN: snn-opt %s --snn-store-spikes-as-bytes --split-input-file | FileCheck %s

// A read compares with 0.
// CHECK-LABEL: func.func @read(
//  CHECK-SAME:   %[[S:[a-z0-9]+]]: tensor<8xi8>, %[[I:[a-z0-9]+]]: index) -> i1
//   CHECK-DAG:   %[[ZERO:.*]] = arith.constant 0 : i8
//   CHECK-DAG:   %[[BYTE:.*]] = tensor.extract %[[S]][%[[I]]] : tensor<8xi8>
//       CHECK:   %[[BIT:.*]] = arith.cmpi ne, %[[BYTE]], %[[ZERO]]
//       CHECK:   return %[[BIT]] : i1
func.func @read(%s: tensor<8xi1>, %i: index) -> i1 {
  %0 = tensor.extract %s[%i] : tensor<8xi1>
  return %0 : i1
}

// -----

// A write extends to 0 or 1.
// CHECK-LABEL: func.func @write(
//  CHECK-SAME:   %[[B:[a-z0-9]+]]: i1
//       CHECK:   %[[BYTE:.*]] = arith.extui %[[B]] : i1 to i8
//       CHECK:   tensor.insert %[[BYTE]] into %{{.*}} : tensor<8xi8>
func.func @write(%b: i1, %s: tensor<8xi1>, %i: index) -> tensor<8xi1> {
  %0 = tensor.insert %b into %s[%i] : tensor<8xi1>
  return %0 : tensor<8xi1>
}

// -----

// Vectors are read and written as bytes and are bits in between.
// CHECK-LABEL: func.func @vectors(
//       CHECK:   %[[BYTES:.*]] = vector.transfer_read %{{.*}} : tensor<8xi8>, vector<8xi8>
//       CHECK:   %[[BITS:.*]] = arith.cmpi ne, %[[BYTES]], %{{.*}} : vector<8xi8>
//       CHECK:   %[[NOT:.*]] = arith.xori %[[BITS]], %{{.*}} : vector<8xi1>
//       CHECK:   %[[OUT:.*]] = arith.extui %[[NOT]] : vector<8xi1> to vector<8xi8>
//       CHECK:   vector.transfer_write %[[OUT]], %{{.*}} : vector<8xi8>, tensor<8xi8>
func.func @vectors(%s: tensor<8xi1>, %i: index) -> tensor<8xi1> {
  %false = arith.constant false
  %ones = arith.constant dense<true> : vector<8xi1>
  %0 = vector.transfer_read %s[%i], %false {in_bounds = [true]}
      : tensor<8xi1>, vector<8xi1>
  %1 = arith.xori %0, %ones : vector<8xi1>
  %2 = vector.transfer_write %1, %s[%i] {in_bounds = [true]}
      : vector<8xi1>, tensor<8xi1>
  return %2 : tensor<8xi1>
}

// -----

// A mask says which lanes are moved; it is nothing that is stored.
// CHECK-LABEL: func.func @mask(
//  CHECK-SAME:   %[[MASK:[a-z0-9]+]]: vector<8xi1>
//       CHECK:   vector.transfer_write %{{.*}}, %{{.*}}[%{{.*}}], %[[MASK]]
func.func @mask(%m: vector<8xi1>, %s: tensor<8xi1>, %i: index)
    -> tensor<8xi1> {
  %0 = vector.transfer_write %m, %s[%i], %m : vector<8xi1>, tensor<8xi1>
  return %0 : tensor<8xi1>
}

// -----

// The body of a linalg op keeps its arithmetic on bits.
// CHECK-LABEL: func.func @body(
//       CHECK:   ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
//       CHECK:     %[[BIT:.*]] = arith.cmpi ne, %[[IN]], %{{.*}} : i8
//       CHECK:     %[[AND:.*]] = arith.andi %[[BIT]], %[[BIT]] : i1
//       CHECK:     %[[OUT:.*]] = arith.extui %[[AND]] : i1 to i8
//       CHECK:     linalg.yield %[[OUT]] : i8
#map = affine_map<(d0) -> (d0)>
func.func @body(%s: tensor<8xi1>, %o: tensor<8xi1>) -> tensor<8xi1> {
  %0 = linalg.generic {indexing_maps = [#map, #map],
      iterator_types = ["parallel"]}
      ins(%s : tensor<8xi1>) outs(%o : tensor<8xi1>) {
  ^bb0(%in: i1, %out: i1):
    %a = arith.andi %in, %in : i1
    linalg.yield %a : i1
  } -> tensor<8xi1>
  return %0 : tensor<8xi1>
}

// -----

// Constants: a splat stays one.
// CHECK-LABEL: func.func @constants(
//   CHECK-DAG:   arith.constant dense<[0, 1, 1]> : tensor<3xi8>
//   CHECK-DAG:   arith.constant dense<1> : tensor<1000xi8>
//   CHECK-DAG:   arith.constant dense<[true, false]> : vector<2xi1>
func.func @constants() -> (tensor<3xi1>, tensor<1000xi1>, vector<2xi1>) {
  %0 = arith.constant dense<[false, true, true]> : tensor<3xi1>
  %1 = arith.constant dense<true> : tensor<1000xi1>
  %2 = arith.constant dense<[true, false]> : vector<2xi1>
  return %0, %1, %2 : tensor<3xi1>, tensor<1000xi1>, vector<2xi1>
}

// -----

// Tensors that loops carry.
// CHECK-LABEL: func.func @loop(
//       CHECK:   scf.for {{.*}} -> (tensor<8xi8>)
//       CHECK:     scf.yield %{{.*}} : tensor<8xi8>
func.func @loop(%s: tensor<8xi1>, %b: i1, %n: index) -> tensor<8xi1> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%t = %s) -> (tensor<8xi1>) {
    %1 = tensor.insert %b into %t[%i] : tensor<8xi1>
    scf.yield %1 : tensor<8xi1>
  }
  return %0 : tensor<8xi1>
}

// -----

// Other types are not touched.
// CHECK-LABEL: func.func @others(
//  CHECK-SAME:   tensor<8xi2>, %{{[a-z0-9]+}}: vector<8xi1>, %{{[a-z0-9]+}}: tensor<8xf32>) -> i2
//   CHECK-NOT:   i8
func.func @others(%t: tensor<8xi2>, %m: vector<8xi1>, %f: tensor<8xf32>) -> i2 {
  %c0 = arith.constant 0 : index
  %0 = tensor.extract %t[%c0] : tensor<8xi2>
  return %0 : i2
}

// -----

// Kernels work on memory.
// CHECK-LABEL: func.func @memory(
//  CHECK-SAME:   %[[M:.*]]: memref<8xi8>)
//       CHECK:   %[[BYTE:.*]] = memref.load %[[M]]
//       CHECK:   %[[BIT:.*]] = arith.cmpi ne, %[[BYTE]]
//       CHECK:   %[[BACK:.*]] = arith.extui %[[BIT]] : i1 to i8
//       CHECK:   memref.store %[[BACK]], %[[M]]
func.func @memory(%m: memref<8xi1>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = memref.load %m[%c0] : memref<8xi1>
  memref.store %0, %m[%c1] : memref<8xi1>
  return
}

// -----

// A fill has the spike as a scalar operand.
// CHECK-LABEL: func.func @fill(
//  CHECK-SAME:   %[[B:[a-z0-9]+]]: i1
//       CHECK:   %[[BYTE:.*]] = arith.extui %[[B]] : i1 to i8
//       CHECK:   linalg.fill ins(%[[BYTE]] : i8) outs(%{{.*}} : tensor<8xi8>)
func.func @fill(%b: i1, %s: tensor<8xi1>) -> tensor<8xi1> {
  %0 = linalg.fill ins(%b : i1) outs(%s : tensor<8xi1>) -> tensor<8xi1>
  return %0 : tensor<8xi1>
}

// -----

// Bodies that yield elements of a tensor.
// CHECK-LABEL: func.func @generate(
//       CHECK:   tensor.pad
//       CHECK:     tensor.yield %{{.*}} : i8
//       CHECK:   tensor.generate
//       CHECK:     tensor.yield %{{.*}} : i8
func.func @generate(%s: tensor<4xi1>, %n: index, %b: i1)
    -> (tensor<6xi1>, tensor<?xi1>) {
  %0 = tensor.pad %s low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %b : i1
  } : tensor<4xi1> to tensor<6xi1>
  %1 = tensor.generate %n {
  ^bb0(%i: index):
    tensor.yield %b : i1
  } : tensor<?xi1>
  return %0, %1 : tensor<6xi1>, tensor<?xi1>
}
