/* Loads the library of any model: LIBRARY STEPS BATCH, inputs and weights from
 * the standard input, outputs to the standard output: all steps at once, then
 * one at a time through `invoke`. */
#include "snn/Runtime/Runtime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16, RANK = 8 };

/* As dlpack.h has it. */
struct DLTensor {
  void *data;
  int32_t device_type, device_id;
  int32_t ndim;
  uint8_t code, bits;
  uint16_t lanes;
  int64_t *shape, *strides;
  uint64_t byte_offset;
};

typedef struct array {
  void *data;
  int64_t bytes, step;
  int64_t shape[RANK], strides[2];
  struct DLTensor one; /* of one step */
} array;

static int64_t steps, batch;

static array make(const snn_tensor *tensor) {
  static const struct {
    uint8_t code, bits;
  } types[] = {{6, 8},  {0, 8},  {0, 16}, {0, 32}, {0, 64},
               {2, 16}, {4, 16}, {2, 32}, {2, 64}};
  array result;
  memset(&result, 0, sizeof(result));
  result.bytes = types[tensor->dtype].bits / 8;
  for (int32_t d = 0; d < tensor->rank; ++d) {
    int64_t size = tensor->shape[d];
    size = size == SNN_DIM_TIME ? steps : size == SNN_DIM_BATCH ? batch : size;
    result.bytes *= size;
    result.shape[d] = d == 0 && tensor->is_sequence ? 1 : size;
  }
  result.step = tensor->is_sequence ? result.bytes / steps : 0;
  result.data = calloc(1, (size_t)result.bytes + 1);
  result.one.data = result.data;
  result.one.device_type = 1;
  result.one.ndim = tensor->rank;
  result.one.code = types[tensor->dtype].code;
  result.one.bits = types[tensor->dtype].bits;
  result.one.lanes = 1;
  return result;
}

static void fill(array *arrays, const void **pointers,
                 const snn_tensor *tensors, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    arrays[i] = make(&tensors[i]);
    pointers[i] = arrays[i].data;
    arrays[i].one.shape = arrays[i].shape;
    if (fread(arrays[i].data, 1, (size_t)arrays[i].bytes, stdin) !=
        (size_t)arrays[i].bytes)
      exit(100);
  }
}

static void write_outputs(const array *outputs, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    fwrite(outputs[i].data, 1, (size_t)outputs[i].bytes, stdout);
}

/* Matrices as the code wants them: in place, with the strides of columns. */
static void transpose(const snn_model_table *table, array *params) {
  for (int32_t i = 0; i < table->model->num_params; ++i) {
    const snn_tensor *tensor = &table->model->params[i];
    array *param = &params[i];
    if (!tensor->is_transposed)
      continue;
    int64_t rows = tensor->shape[0], columns = tensor->shape[1];
    void *matrix = malloc((size_t)param->bytes);
    memcpy(matrix, param->data, (size_t)param->bytes);
    table->transpose(matrix, param->data, rows, columns,
                     param->bytes / (rows * columns));
    free(matrix);
    param->strides[0] = 1;
    param->strides[1] = rows;
    param->one.strides = param->strides;
  }
}

static void check(int status, const char *text) {
  if (status == SNN_OK)
    return;
  fprintf(stderr, "status %d %s\n", status, text);
  exit(1);
}

int main(int argc, char **argv) {
  static array inputs[MOST], params[MOST], outputs[MOST];
  const void *in[MOST], *weights[MOST];
  void *out[MOST];
  const struct DLTensor *in_tensors[MOST], *weight_tensors[MOST];
  struct DLTensor *out_tensors[MOST];
  void *library = argc == 4 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  const snn_model_table *table =
      library ? (const snn_model_table *)dlsym(library, "snn_model_v1") : NULL;
  if (!table || table->abi_version != SNN_ABI_VERSION ||
      table->bytes != sizeof(*table))
    return 101;
  const snn_model *model = table->model;
  steps = atoll(argv[2]), batch = atoll(argv[3]);
  fill(inputs, in, model->inputs, model->num_inputs);
  fill(params, weights, model->params, model->num_params);
  transpose(table, params);
  for (int32_t i = 0; i < model->num_outputs; ++i) {
    outputs[i] = make(&model->outputs[i]);
    outputs[i].one.shape = outputs[i].shape;
    out[i] = outputs[i].data;
  }
  void *state = malloc((size_t)table->state_bytes(model, batch));
  check(table->reset(model, state, batch), "reset");
  void *workspace = malloc((size_t)table->workspace_bytes(model, steps, batch));
  int status =
      table->run(model, in, out, steps, batch, state, workspace, weights);
  check(status, table->strerror(status));
  write_outputs(outputs, model->num_outputs);

  char message[200] = "";
  int64_t bytes = table->invoke_workspace_bytes(model, 1, batch);
  snn_invocation call = {in_tensors,
                         weight_tensors,
                         out_tensors,
                         NULL,
                         -1,
                         -1,
                         state,
                         malloc((size_t)bytes),
                         bytes,
                         message,
                         sizeof(message)};
  for (int32_t i = 0; i < model->num_inputs; ++i)
    in_tensors[i] = &inputs[i].one;
  for (int32_t i = 0; i < model->num_params; ++i)
    weight_tensors[i] = &params[i].one;
  for (int32_t i = 0; i < model->num_outputs; ++i)
    out_tensors[i] = &outputs[i].one;
  check(table->reset(model, state, batch), "reset");
  for (int64_t t = 0; t < steps; ++t) {
    check(table->invoke(model, &call), message);
    for (int32_t i = 0; i < model->num_inputs; ++i)
      inputs[i].one.byte_offset += (uint64_t)inputs[i].step;
    for (int32_t i = 0; i < model->num_outputs; ++i)
      outputs[i].one.byte_offset += (uint64_t)outputs[i].step;
  }
  write_outputs(outputs, model->num_outputs);
  free(state);
  free(workspace);
  free(call.workspace);
  return dlclose(library) != 0;
}
