import { describe, expect, it } from 'vitest';
import { hashLeaf, MerkleTree } from '../../../src/audit/merkle-tree.js';

/** Leaves and roots of the reference tests of Certificate Transparency (merkle_tree_test.cc). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

function treeOf(count: number): MerkleTree {
  const tree = MerkleTree.empty();
  for (const leaf of LEAVES.slice(0, count)) tree.add(hashLeaf(Buffer.from(leaf, 'hex')));
  return tree;
}

describe('MerkleTree', () => {
  it.each(ROOTS.map((root, size) => [size, root]))(
    'of %i leaves has the root of RFC 6962',
    (size, root) => {
      expect(
        treeOf(size as number)
          .root()
          .toString('hex'),
      ).toBe(root);
    },
  );

  it('goes on from its state as from its leaves', () => {
    for (let size = 0; size < LEAVES.length; size++) {
      const restored = MerkleTree.restore(size, treeOf(size).state());
      restored?.add(hashLeaf(Buffer.from(LEAVES[size] as string, 'hex')));
      expect(restored?.root().toString('hex')).toBe(ROOTS[size + 1]);
    }
  });

  it('is not restored from a state of another size', () => {
    const state = treeOf(5).state();
    expect(MerkleTree.restore(5, state)).toBeDefined();
    for (const size of [0, 1, 4, 7, 8]) expect(MerkleTree.restore(size, state)).toBeUndefined();
    expect(MerkleTree.restore(5, state.subarray(1))).toBeUndefined();
  });

  it('has a copy that grows alone', () => {
    const tree = treeOf(3);
    tree.copy().add(hashLeaf(Buffer.alloc(1)));
    expect(tree.root().toString('hex')).toBe(ROOTS[3]);
  });
});
