// Tensors and structured ops by hand.
// RUN: snn-interp %s --print --function=slices | FileCheck %s --check-prefix=SLICES
// RUN: snn-interp %s --print --function=structured | FileCheck %s --check-prefix=STRUCT
// RUN: snn-interp %s --print --function=order | FileCheck %s --check-prefix=ORDER
// RUN: snn-interp %s --print --function=control | FileCheck %s --check-prefix=CONTROL

// SLICES: part i32 [2, 2]: 1 3 5 7
// SLICES: whole i32 [2, 4]: 0 9 2 8 4 7 6 6
// SLICES: padded i32 [2, 3]: -2 9 8 -1 7 6
// SLICES: joined i32 [2, 4]: 1 3 9 8 5 7 7 6
// SLICES: flat i32 [8]: 0 1 2 3 4 5 6 7
func.func @slices() -> (tensor<2x2xi32> {snn.static}, tensor<2x4xi32> {snn.static},
    tensor<2x3xi32> {snn.static}, tensor<2x4xi32> {snn.static},
    tensor<8xi32> {snn.static}) {
  %x = arith.constant dense<[[0, 1, 2, 3], [4, 5, 6, 7]]> : tensor<2x4xi32>
  %y = arith.constant dense<[[9, 8], [7, 6]]> : tensor<2x2xi32>
  %minus = arith.constant -2 : i32
  %part = tensor.extract_slice %x[0, 1] [2, 2] [1, 2]
      : tensor<2x4xi32> to tensor<2x2xi32>
  %whole = tensor.insert_slice %y into %x[0, 1] [2, 2] [1, 2]
      : tensor<2x2xi32> into tensor<2x4xi32>
  %padded = tensor.pad %y low[0, 1] high[0, 0] {
  ^bb0(%i: index, %j: index):
    %row = arith.index_cast %i : index to i32
    %sum = arith.addi %minus, %row : i32
    tensor.yield %sum : i32
  } : tensor<2x2xi32> to tensor<2x3xi32>
  %joined = tensor.concat dim(1) %part, %y
      : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x4xi32>
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<2x4xi32> into tensor<8xi32>
  return %part, %whole, %padded, %joined, %flat : tensor<2x2xi32>,
    tensor<2x4xi32>, tensor<2x3xi32>, tensor<2x4xi32>, tensor<8xi32>
}

// STRUCT: product f32 [2, 2]: 19 22 43 50
// STRUCT: sums f32 [2]: 3 7
// STRUCT: back f32 [2, 2]: 1 3 2 4
// STRUCT: indices i64 [2, 2]: 0 1 10 11
// STRUCT: soft f32 [2, 2]: 0.5 0.5 0 1
func.func @structured() -> (tensor<2x2xf32> {snn.static}, tensor<2xf32> {snn.static},
    tensor<2x2xf32> {snn.static}, tensor<2x2xi64> {snn.static},
    tensor<2x2xf32> {snn.static}) {
  %a = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[[5.0, 6.0], [7.0, 8.0]]> : tensor<2x2xf32>
  %zero = arith.constant 0.0 : f32
  %ten = arith.constant 10 : index
  %empty = tensor.empty() : tensor<2x2xf32>
  %row = tensor.empty() : tensor<2xf32>
  %ints = tensor.empty() : tensor<2x2xi64>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x2xf32>)
      -> tensor<2x2xf32>
  %start = linalg.fill ins(%zero : f32) outs(%row : tensor<2xf32>)
      -> tensor<2xf32>
  %product = linalg.matmul ins(%a, %b : tensor<2x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  %sums = linalg.reduce { arith.addf } ins(%a : tensor<2x2xf32>)
      outs(%start : tensor<2xf32>) dimensions = [1]
  %back = linalg.transpose ins(%a : tensor<2x2xf32>)
      outs(%empty : tensor<2x2xf32>) permutation = [1, 0]
  %indices = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      outs(%ints : tensor<2x2xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %tens = arith.muli %i, %ten : index
    %sum = arith.addi %tens, %j : index
    %number = arith.index_cast %sum : index to i64
    linalg.yield %number : i64
  } -> tensor<2x2xi64>
  %c = arith.constant dense<[[7.0, 7.0], [0.0, 1000.0]]> : tensor<2x2xf32>
  %soft = linalg.softmax dimension(1) ins(%c : tensor<2x2xf32>)
      outs(%empty : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %product, %sums, %back, %indices, %soft : tensor<2x2xf32>,
    tensor<2xf32>, tensor<2x2xf32>, tensor<2x2xi64>, tensor<2x2xf32>
}

// A sum ascends in row-major order: 2^24 + 1 is a tie each time; from the other
// end the ones would add up first.
// ORDER: sum f32 []: 16777216
func.func @order() -> (tensor<f32> {snn.static}) {
  %x = arith.constant dense<[[16777216.0, 1.0], [1.0, 1.0]]> : tensor<2x2xf32>
  %init = arith.constant dense<0.0> : tensor<f32>
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<2x2xf32>)
      outs(%init : tensor<f32>) dimensions = [0, 1]
  return %sum : tensor<f32>
}

func.func private @twice(%x: tensor<2xi32>) -> tensor<2xi32> {
  %y = arith.addi %x, %x : tensor<2xi32>
  return %y : tensor<2xi32>
}

// Three rounds of doubling, then the branch that is taken.
// CONTROL: y i32 [2]: 8 -8
func.func @control() -> (tensor<2xi32> {snn.static}) {
  %x = arith.constant dense<[1, -1]> : tensor<2xi32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %eight = scf.for %i = %c0 to %c3 step %c1 iter_args(%v = %x)
      -> (tensor<2xi32>) {
    %w = func.call @twice(%v) : (tensor<2xi32>) -> tensor<2xi32>
    scf.yield %w : tensor<2xi32>
  }
  %first = tensor.extract %eight[%c0] : tensor<2xi32>
  %seven = arith.constant 7 : i32
  %large = arith.cmpi sgt, %first, %seven : i32
  %y = scf.if %large -> (tensor<2xi32>) {
    scf.yield %eight : tensor<2xi32>
  } else {
    scf.yield %x : tensor<2xi32>
  }
  return %y : tensor<2xi32>
}
