using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

/// <summary>What every store promises, whatever database is behind it.</summary>
public abstract partial class StoreContract : IAsyncLifetime
{
    private readonly List<IStore> opened = [];

    /// <summary>The store under test, in workspace <c>default</c>.</summary>
    protected IStore Store { get; private set; } = null!;

    /// <summary>Opens a store on this test's own database, which starts empty.</summary>
    protected abstract Task<IStore> OpenAsync(string workspace);

    public async ValueTask InitializeAsync() => Store = await Open();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in opened) await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<IStore> Open(string workspace = "default")
    {
        var store = await OpenAsync(workspace);
        opened.Add(store);
        return store;
    }

    /// <summary>Closes the store and opens it again, as after a restart.</summary>
    protected async Task Reopen(string workspace = "default")
    {
        await Store.DisposeAsync();
        Store = await Open(workspace);
    }

    protected Task Save(Action<IUnitOfWork> work) => Write(unit =>
    {
        work(unit);
        return true;
    });

    protected Task<T> Write<T>(Func<IUnitOfWork, T> work) => Store.WriteAsync(WritePriority.Urgent, work, TestContext.Current.CancellationToken);

    protected Task<T> Read<T>(Func<IReadView, T> work) => Store.ReadAsync(work, TestContext.Current.CancellationToken);
}
