using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>What somebody wants written, on its way to the one writer.</summary>
internal abstract class WriteUnit(WritePriority priority)
{
    public WritePriority Priority => priority;

    /// <summary>It writes with one statement, and nothing of it is put off to the end of the unit.</summary>
    public virtual bool IsOneStatement => false;

    /// <summary>What it wants done once it is durable.</summary>
    public List<Action>? Afterwards { get; set; }

    public abstract bool CancelledBeforeStart();

    public abstract void Run(IUnitOfWork work);

    /// <summary>Its own work threw: that is its answer once the batch is through.</summary>
    public abstract void Threw(Exception trouble);

    public abstract void Answer();

    public abstract void Fail(Exception trouble);
}

/// <summary>One that answers something.</summary>
internal abstract class WriteUnit<T>(WritePriority priority, CancellationToken cancellationToken) : WriteUnit(priority)
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;
    private Exception? threw;

    public Task<T> Task => answer.Task;

    public override bool CancelledBeforeStart() => cancellationToken.IsCancellationRequested && answer.TrySetCanceled(cancellationToken);

    public override void Run(IUnitOfWork unit) => result = Do(unit);

    public override void Threw(Exception trouble) => threw = trouble;

    public override void Answer()
    {
        if (threw is null) answer.SetResult(result!);
        else answer.SetException(threw);
    }

    public override void Fail(Exception trouble) => answer.SetException(threw ?? trouble);

    protected abstract T Do(IUnitOfWork unit);
}

/// <summary>A unit of work: as many statements as it takes, all of them or none.</summary>
internal sealed class Work<T>(Func<IUnitOfWork, T> work, WritePriority priority, CancellationToken cancellationToken) : WriteUnit<T>(priority, cancellationToken)
{
    protected override T Do(IUnitOfWork unit) => work(unit);
}

/// <summary>One delivery to store.</summary>
internal sealed class Acceptance(Delivery delivery, string identity, CancellationToken cancellationToken) : WriteUnit<bool>(WritePriority.Urgent, cancellationToken)
{
    public override bool IsOneStatement => true;

    protected override bool Do(IUnitOfWork unit) => unit.Accept(delivery, identity);
}
