// Work that many things ask for and that is done by one at a time: who asks meanwhile has it done once more, at the end.

export function inTurn(work) {
  let isUnderWay = false;
  let isWanted = false;
  async function ask() {
    isWanted = true;
    if (isUnderWay) {
      return;
    }
    isUnderWay = true;
    try {
      while (isWanted) {
        isWanted = false;
        await work();
      }
    } finally {
      isUnderWay = false;
    }
  }
  return { ask, isUnderWay: () => isUnderWay };
}
