// Spikes: a case for each error.
// RUN: snn-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f(%x: index) {
  // expected-error @+1 {{expected numbers, or a ranked tensor of them, but got 'index'}}
  %0 = snn.fire %x, %x : index
  return
}

// -----

func.func @f(%x: vector<4xf32>) {
  // expected-error @+1 {{expected numbers, or a ranked tensor of them, but got 'vector<4xf32>'}}
  %0 = snn.fire %x {threshold = 1.0} : vector<4xf32>
  return
}

// -----

func.func @f(%x: tensor<*xf32>) {
  // expected-error @+1 {{expected numbers, or a ranked tensor of them, but got 'tensor<*xf32>'}}
  %0 = snn.fire %x {threshold = 1.0} : tensor<*xf32>
  return
}

// -----

func.func @f(%x: f32) {
  // expected-error @+1 {{expected threshold as an attribute or as an operand, but got none}}
  %0 = snn.fire %x : f32
  return
}

// -----

func.func @f(%x: i32) {
  // expected-error @+1 {{expected a threshold operand for integers, but got an attribute}}
  %0 = snn.fire %x {threshold = 1.0} : i32
  return
}

// -----

func.func @f(%x: f32) {
  // expected-error @+1 {{expected a finite threshold, but got INF}}
  %0 = snn.fire %x {threshold = 0x7FF0000000000000 : f64} : f32
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %t: tensor<4xf32>) {
  // expected-error @+1 {{expected a threshold of 'f32' with the trailing dimensions of 'tensor<?x?x8xf32>', but got 'tensor<4xf32>'}}
  %0 = snn.fire %x, %t : tensor<?x?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: f32, %t: f64) {
  // expected-error @+1 {{expected a threshold of 'f32' with the trailing dimensions of 'f32', but got 'f64'}}
  %0 = snn.fire %x, %t : f32, f64
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{unknown kind 'evnt'}}
  %0:2 = snn.refractory evnt 4 %x : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{expected period in [1, 2147483647], but got 0}}
  %0 = snn.refractory phase 0 %x : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{expected period in [0, 2147483647], but got 2147483648}}
  %0:2 = snn.refractory event 2147483648 %x : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{expected a phase with kind 'phase' only, but got 1}}
  %0:2 = snn.refractory event 4 %x {phase = 1} : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{expected phase in [0, 4), but got -1}}
  %0 = snn.refractory phase 4 %x {phase = -1} : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>) {
  // expected-error @+1 {{expected phase in [0, 4), but got 4}}
  %0 = snn.refractory phase 4 %x {phase = 4} : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xi1>, %t: i64) {
  // expected-error @+1 {{expected an offset with kind 'phase' only}}
  %0:2 = snn.refractory window 4 %x offset(%t) : tensor<?x?x8xi1>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{expected id >= 0, but got -1}}
  %0 = snn.sample %x {id = -1} : tensor<?x?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>) {
  // expected-error @+1 {{requires attribute 'id'}}
  %0 = snn.sample %x : tensor<?x?x8xf32>
  return
}
