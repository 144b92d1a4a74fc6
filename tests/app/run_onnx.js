// Runs exported ONNX models by ONNX Runtime on the recordings of an exported C test and compares
// every spike and membrane with what volley computed.
//   node run_onnx.js STEP.onnx UNROLLED.onnx volley_net_test.c
const fs = require('fs');
const ort = require('onnxruntime-node');

const text = fs.readFileSync(process.argv[4], 'utf8');

/** A table of the C file as numbers; hexadecimal floats are read by their parts. */
function table(name) {
  const found = text.match(new RegExp(`\\b${name}\\[\\d+\\] = \\{([^}]*)\\}`));
  if (!found) return null;
  return found[1].split(',').map(s => s.trim()).filter(s => s).map(word => {
    const parts = word.match(/^(-?)0x([0-9a-f]+)\.?([0-9a-f]*)p([+-]\d+)f$/);
    if (!parts) return parseFloat(word);
    const digits = parseInt(parts[2] + parts[3], 16) * Math.pow(16, -parts[3].length);
    return (parts[1] ? -1 : 1) * digits * Math.pow(2, parseInt(parts[4]));
  });
}

function sameList(a, b) { return a.length === b.length && a.every((x, i) => x === b[i]); }

async function main() {
  const step = await ort.InferenceSession.create(process.argv[2]);
  const unrolled = await ort.InferenceSession.create(process.argv[3]);
  const steps = table('recording_steps'), membranes = table('membranes');
  const inputs = [table('input_offsets'), table('input_indices')];
  const populations = step.outputNames.filter(name => name.endsWith('.spikes'));
  const wanted = {};
  for (const name of populations) {
    const plain = 'net_' + name.slice(0, -7).replace(/[-.]/g, '_');
    wanted[name] = [table(plain + '_offsets'), table(plain + '_indices')];
  }
  const row = (lists, at) => lists[1].slice(lists[0][at], lists[0][at + 1]);
  const size = step.inputMetadata.find(input => input.name === 'input').shape[0];
  let at = 0, spikes = 0, different = 0;
  const compare = (outputs, t, total) => {
    for (const name of populations) {
      const all = outputs[name].data, n = all.length / total, list = [];
      for (let i = 0; i < n; ++i)
        for (let k = 0; k < all[t * n + i]; ++k) list.push(i);
      const expected = row(wanted[name], at);
      spikes += expected.length;
      if (!sameList(list, expected)) ++different;
    }
    const all = outputs.output.data, n = all.length / total;
    for (let i = 0; i < n; ++i)
      if (all[t * n + i] !== membranes[at * n + i]) ++different;
  };
  const zeros = {};
  for (const input of step.inputMetadata)
    if (input.name !== 'input') zeros[input.name] = [input.type, input.shape];
  for (const total of steps) {
    const first = at;
    const all = new Uint8Array(total * size);
    let state = Object.fromEntries(Object.entries(zeros).map(([name, [type, dims]]) => {
      const length = dims.reduce((a, b) => a * b, 1);
      return [name, new ort.Tensor(
          type, type === 'float32' ? new Float32Array(length) : new Uint8Array(length), dims)];
    }));
    for (let t = 0; t < total; ++t, ++at) {
      const input = new Uint8Array(size);
      for (const i of row(inputs, at)) { ++input[i]; ++all[t * size + i]; }
      const outputs = await step.run(
          {...state, input: new ort.Tensor('uint8', input, [size])});
      compare(outputs, 0, 1);
      for (const name of Object.keys(state)) state[name] = outputs[name + '.next'];
    }
    const outputs = await unrolled.run({input: new ort.Tensor('uint8', all, [total, size])});
    at = first;
    for (let t = 0; t < total; ++t, ++at) compare(outputs, t, total);
  }
  console.log(different === 0 ? `identical over ${spikes} spikes` : `${different} differ`);
  process.exit(different === 0 ? 0 : 1);
}
main();
