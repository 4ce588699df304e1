// Parameters that cannot be embedded: exit code 1.
// DEFINE: %{fails} = %python %S/Inputs/exits.py 1 snnc %s -o %t/out --weights=embed:%t/w.safetensors
// DEFINE: %{write} = %python %S/Inputs/weights.py %t/w.safetensors
// RUN: rm -rf %t && mkdir %t

// RUN: %{write} weights:F32:3x4=1 decay:F32:3=0.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: {{.*}}expected parameter 'weight' in {{.*}}w.safetensors, but got none of that name
// NAME: note: the file has 'decay' 'threshold' 'weights'

// RUN: %{write} weight:F32:4x3=1 decay:F32:3=0.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: error: {{.*}}expected parameter 'weight' of shape [3, 4] and type 'f32', but got shape [4, 3] and type f32 in {{.*}}w.safetensors

// RUN: %{write} weight:F64:3x4=1 decay:F32:3=0.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: {{.*}}expected parameter 'weight' of shape [3, 4] and type 'f32', but got shape [3, 4] and type f64

// RUN: %{write} weight:F32:3x4=0,0,0,0,0,nan,0,0,0,0,0,0 decay:F32:3=0.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=FINITE
// RUN: %{write} weight:F32:3x4=-inf decay:F32:3=0.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=FINITE
// FINITE: error: {{.*}}expected finite values of parameter 'weight', but got {{nan at \[1, 1\]|-INF at \[0, 0\]}} in {{.*}}w.safetensors

// A file that is none.
// RUN: echo garbage > %t/w.safetensors
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=FORMAT
// FORMAT: snnc: error: {{.*}}w.safetensors: expected a .safetensors or .npz file, but got one that begins with 'garbage

// Where a parameter is a decay or a threshold, it is checked like a constant.
// RUN: %{write} weight:F32:3x4=1 decay:F32:3=0,1,1.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=DECAY
// RUN: %{write} weight:F32:3x4=1 decay:F32:3=0,1,-0.5 threshold:F32:3=1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: %{write} weight:F32:3x4=1 decay:F32:3=0.5 threshold:F32:3=1,0,1
// RUN: %{fails} 2>&1 | FileCheck %s --check-prefix=THRESHOLD
//     DECAY: error: {{.*}}expected decay 'decay' in [0, 1], but got 1.5
//  NEGATIVE: error: {{.*}}expected decay 'decay' in [0, 1], but got -{{0?}}{{.*}}5
// THRESHOLD: error: {{.*}}expected threshold 'threshold' in (0, inf), but got 0

// RUN: not ls %t/out
func.func @model(%x: tensor<?x?x4xf32>,
                 %w: tensor<3x4xf32> {snn.param = "weight"},
                 %d: tensor<3xf32> {snn.param = "decay"},
                 %t: tensor<3xf32> {snn.param = "threshold"})
    -> tensor<?x?x3xi1> {
  %i = snn.linear %x, %w : tensor<?x?x4xf32>, tensor<3x4xf32>
  %s, %v = snn.lif %i decay(%d : tensor<3xf32>) threshold(%t : tensor<3xf32>)
      : tensor<?x?x3xf32>
  return %s : tensor<?x?x3xi1>
}
