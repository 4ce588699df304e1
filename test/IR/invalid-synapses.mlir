// Synapses: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<8xf32>) {
  // expected-error @+1 {{expected a static weight of rank 2 or more (outputs, inputs...), but got 'tensor<8xf32>'}}
  %0 = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<?x8xf32>) {
  // expected-error @+1 {{expected a static weight of rank 2 or more (outputs, inputs...), but got 'tensor<?x8xf32>'}}
  %0 = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<f32>) {
  // expected-error @+1 {{expected a static weight of rank 2 or more (outputs, inputs...), but got 'tensor<f32>'}}
  %0 = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4x9xf32>) {
  // expected-error @+1 {{expected the trailing dimensions of the input to be those of the weight after its first, but got 'tensor<?x?x8xf32>' and 'tensor<4x9xf32>'}}
  %0 = snn.linear %x, %w : tensor<?x?x8xf32>, tensor<4x9xf32>
  return
}

// -----

func.func @f(%x: tensor<8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{expected the trailing dimensions of the input to be those of the weight}}
  %0 = snn.linear %x, %w : tensor<8xf32>, tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{expected static neuron dimensions, but got 'tensor<?x?x?x8xf32>'}}
  %0 = snn.linear %x, %w : tensor<?x?x?x8xf32>, tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf16>, %w: tensor<4x8xf32>) {
  // expected-error @+1 {{expected spikes or the element type of the weight 'tensor<4x8xf32>', but got 'tensor<?x?x8xf16>'}}
  %0 = snn.linear %x, %w : tensor<?x?x8xf16>, tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>, %w: tensor<4x8xi1>) {
  // expected-error @+1 {{expected weights that are numbers, but got 'tensor<4x8xi1>'}}
  %0 = snn.linear %x, %w : tensor<?x?x8xi1>, tensor<4x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{expected a bias 'tensor<4xf32>', but got 'tensor<8xf32>'}}
  %0 = snn.linear %x, %w, %b : tensor<?x?x8xf32>, tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected input T x B x C x H x W, but got 'tensor<?x?x8xf32>'}}
  %0 = snn.conv2d %x, %w : tensor<?x?x8xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x?x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected static neuron dimensions, but got 'tensor<?x?x2x?x9xf32>'}}
  %0 = snn.conv2d %x, %w : tensor<?x?x2x?x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3xf32>) {
  // expected-error @+1 {{expected a static weight O x C/groups x KH x KW, but got 'tensor<4x2x3xf32>'}}
  %0 = snn.conv2d %x, %w : tensor<?x?x2x9x9xf32>, tensor<4x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected 0 groups to divide the outputs and to give the input's channels, but got}}
  %0 = snn.conv2d %x, %w {groups = 0} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected 3 groups to divide the outputs and to give the input's channels, but got}}
  %0 = snn.conv2d %x, %w {groups = 3} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected 2 groups to divide the outputs and to give the input's channels, but got}}
  %0 = snn.conv2d %x, %w {groups = 2} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<0x2x3x3xf32>) {
  // expected-error @+1 {{expected 9223372036854775807 groups to divide the outputs and to give the input's channels, but got}}
  %0 = snn.conv2d %x, %w {groups = 9223372036854775807} : tensor<?x?x2x9x9xf32>, tensor<0x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected stride to be two values of 1 or more, but got [0, 1]}}
  %0 = snn.conv2d %x, %w {stride = array<i64: 0, 1>} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected padding to be two values of 0 or more, but got [0, -1]}}
  %0 = snn.conv2d %x, %w {padding = array<i64: 0, -1>} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected dilation to be two values of 1 or more, but got [1]}}
  %0 = snn.conv2d %x, %w {dilation = array<i64: 1>} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x0x3xf32>) {
  // expected-error @+1 {{expected kernel to be two values of 1 or more, but got [0, 3]}}
  %0 = snn.conv2d %x, %w : tensor<?x?x2x9x9xf32>, tensor<4x2x0x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected a kernel no larger than the padded input, but got kernel [3, 3] and}}
  %0 = snn.conv2d %x, %w {dilation = array<i64: 5, 1>} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected a kernel no larger than the padded input, but got}}
  %0 = snn.conv2d %x, %w {dilation = array<i64: 9223372036854775807, 1>} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error @+1 {{expected a kernel no larger than the padded input, but got}}
  %0 = snn.conv2d %x, %w {padding = array<i64: 9223372036854775807, 1>} : tensor<?x?x2x9x9xf32>, tensor<4x2x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected input T x B x C x H x W, but got 'tensor<?x?x8xf32>'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>) {
  // expected-error @+1 {{expected attribute 'kernel', but got none}}
  %0 = snn.sum_pool2d %x : tensor<?x?x2x9x9xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>) {
  // expected-error @+1 {{expected kernel to be two values of 1 or more, but got [2]}}
  %0 = snn.avg_pool2d %x {kernel = array<i64: 2>} : tensor<?x?x2x9x9xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>) {
  // expected-error @+1 {{expected a kernel no larger than the padded input, but got}}
  %0 = snn.avg_pool2d %x {kernel = array<i64: 10, 2>} : tensor<?x?x2x9x9xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x8x8xi1>) {
  // expected-error @+1 {{expected 'element_type' to be a number, but got 'i1'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>, element_type = i1} : tensor<?x?x2x8x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x8x8xi1>) {
  // expected-error @+1 {{expected 'element_type' to be a number, but got 'index'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>, element_type = index} : tensor<?x?x2x8x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x8x8xi1>) {
  // expected-error @+1 {{expected 'element_type' to be a number, but got 'si8'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>, element_type = si8} : tensor<?x?x2x8x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x8x8xi1>) {
  // expected-error @+1 {{expected 'element_type' to be a number, but got 'tensor<4xf32>'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>, element_type = tensor<4xf32>} : tensor<?x?x2x8x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x8x8xi1>) {
  // expected-error @+1 {{expected 'element_type' to be a number, but got 'vector<4xf32>'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>, element_type = vector<4xf32>} : tensor<?x?x2x8x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x9x9xf32>) {
  // expected-error @+1 {{expected 'element_type' with spikes only, but got 'tensor<?x?x2x9x9xf32>'}}
  %0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>, element_type = f32} : tensor<?x?x2x9x9xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x2x8x8xi32>) {
  // expected-error @+1 {{expected a mean of floats, but got 'i32'}}
  %0 = snn.avg_pool2d %x {kernel = array<i64: 2, 2>} : tensor<?x?x2x8x8xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<10xi32>) {
  // expected-error @+1 {{expected 'inputs' to be trailing dimensions of the input, but got [2] and 'tensor<?x?x3xi1>'}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 2>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<10xi32>) {
  // expected-error @+1 {{expected 'inputs' to be trailing dimensions of the input, but got [] and 'tensor<?x?x3xi1>'}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x0xi1>, %e: tensor<10xi32>) {
  // expected-error @+1 {{expected inputs of 1 or more, but got [0]}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 0>, outputs = 2} : tensor<?x?x0xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<10xi32>) {
  // expected-error @+1 {{expected outputs of 1 or more, but got 0}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 0} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<9xi32>) {
  // expected-error @+1 {{expected 4 starts and two words of each edge, but got 'tensor<9xi32>'}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<9xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<3xi32>) {
  // expected-error @+1 {{expected 4 starts and two words of each edge, but got 'tensor<3xi32>'}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<3xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<?xi32>) {
  // expected-error @+1 {{expected 4 starts and two words of each edge, but got 'tensor<?xi32>'}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<?xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>, %e: tensor<10xi32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{expected a bias 'tensor<2xf32>', but got 'tensor<3xf32>'}}
  %0 = snn.sparse_linear %s, %e, %b {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>, tensor<3xf32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xf32>, %e: tensor<10xi32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of 1-bit signless integer values, but got 'tensor<?x?x3xf32>'}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xf32>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>) {
  %e = arith.constant dense<[0, 2, 1, 3, 0, 1, 0, 0, 0, 0]> : tensor<10xi32>
  // expected-error @+1 {{expected ascending starts from 0 to 3, but got [0, 2, 1, 3]}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>) {
  %e = arith.constant dense<[0, 1, 1, 2, 0, 1, 0, 0, 0, 0]> : tensor<10xi32>
  // expected-error @+1 {{expected ascending starts from 0 to 3, but got [0, 1, 1, 2]}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>) {
  %e = arith.constant dense<[1, 1, 1, 3, 0, 1, 0, 0, 0, 0]> : tensor<10xi32>
  // expected-error @+1 {{expected ascending starts from 0 to 3, but got [1, 1, 1, 3]}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>) {
  %e = arith.constant dense<[0, 1, 1, 3, 0, 1, 2, 0, 0, 0]> : tensor<10xi32>
  // expected-error @+1 {{expected targets of input 2 to ascend and be below 2, but got 2}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>) {
  %e = arith.constant dense<[0, 1, 1, 3, 0, 1, 1, 0, 0, 0]> : tensor<10xi32>
  // expected-error @+1 {{expected targets of input 2 to ascend and be below 2, but got 1}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%s: tensor<?x?x3xi1>) {
  %e = arith.constant dense<[0, 1, 1, 3, -1, 1, 1, 0, 0, 0]> : tensor<10xi32>
  // expected-error @+1 {{expected targets of input 0 to ascend and be below 2, but got -1}}
  %0 = snn.sparse_linear %s, %e {inputs = array<i64: 3>, outputs = 2} : tensor<?x?x3xi1>, tensor<10xi32>
  return
}

// -----

func.func @f(%x: tensor<?x?x3xf32>, %w: tensor<2x3xf32>) {
  // expected-error @below {{'snn.linear' op expected 'form' with spikes only, but got 'tensor<?x?x3xf32>'}}
  %y = snn.linear %x, %w {form = #snn.synapse<dense>}
      : tensor<?x?x3xf32>, tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>, %w: tensor<2x3xf32>) {
  // expected-error @below {{expected no share of spikes with form 'event', but got 40}}
  %y = snn.linear %x, %w {form = #snn.synapse<event, 40>}
      : tensor<?x?x3xi1>, tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x3xi1>, %w: tensor<2x3xf32>) {
  // expected-error @below {{expected a share of spikes in [1, 100] percent, but got 101}}
  %y = snn.linear %x, %w {form = #snn.synapse<adaptive, 101>}
      : tensor<?x?x3xi1>, tensor<2x3xf32>
  return
}
