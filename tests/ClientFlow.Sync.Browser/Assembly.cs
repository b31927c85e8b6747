// Pages mostly wait for their worker, and a worker for its tools: two at a time.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
