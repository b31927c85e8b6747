// One worker and one browser at a time: first paints are measured, and two processors are few.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
