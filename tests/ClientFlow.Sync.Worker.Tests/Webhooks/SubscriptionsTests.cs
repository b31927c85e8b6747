using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Engine;
using ClientFlow.Sync.Storage.Sqlite;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Composition;
using ClientFlow.Sync.Worker.Tests.Configuration;
using ClientFlow.Sync.Worker.Webhooks;

namespace ClientFlow.Sync.Worker.Tests.Webhooks;

/// <summary>That a vendor calls us is looked up at the vendor, again and again, and never taken for granted.</summary>
public sealed class SubscriptionsTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("clientflow-subscriptions-").FullName;
    private readonly ManualClock clock = new();
    private readonly Vendor vendor = new();
    private SqliteStore store = null!;
    private Tool tool = null!;
    private Subscriptions subscriptions = null!;

    public async ValueTask InitializeAsync()
    {
        store = await SqliteStore.OpenAsync(new SqliteStoreOptions { Directory = directory, Clock = clock, Protector = Protector.In(directory) });
        var config = Mistakes.Text(Mistakes.Good).Config!;
        tool = new Tool(config.Tool("projects"), FakeConnectors.All.Single(t => t.Manifest.Id == "asana").Manifest, vendor) { Account = "1200" };
        subscriptions = new Subscriptions(new Workspace(config, [tool], store, clock), new WorkspaceFactory(FakeConnectors.All, clock));
        vendor.Shakes = id => subscriptions.ShakeAsync(tool, id, new Secret("a secret of the vendor's"));
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task One_that_the_vendor_gave_up_while_the_worker_runs_is_made_again_within_the_hour()
    {
        await KeepAsync();
        var first = vendor.Calls.ShouldHaveSingleItem();

        vendor.Calls.Clear();
        clock.Advance(TimeSpan.FromMinutes(59));
        await KeepAsync();
        vendor.Asked.ShouldBe(1, "once an hour is enough");

        clock.Advance(TimeSpan.FromMinutes(2));
        await KeepAsync();
        vendor.Calls.ShouldHaveSingleItem().ShouldBe(first, "it is the same one to us, so that nothing under way to its address is refused");
        (await store.ReadAsync(view => view.Subscriptions("projects"), TestContext.Current.CancellationToken)).ShouldHaveSingleItem().VendorId.ShouldBe("hook-2");
    }

    private Task KeepAsync() => subscriptions.KeepAsync(tool, TestContext.Current.CancellationToken);

    /// <summary>A vendor that makes what it is asked for, unless it stands.</summary>
    private sealed class Vendor : IConnector, ISubscribes
    {
        private int made;

        /// <summary>The addresses that it calls.</summary>
        public HashSet<Uri> Calls { get; } = [];

        public int Asked { get; private set; }

        public Func<string, Task<bool>> Shakes { get; set; } = static _ => Task.FromResult(false);

        public Task<Outcome<string>> WhoAmIAsync(CancellationToken cancellationToken) => Task.FromResult<Outcome<string>>("1200");

        public async Task<Outcome<string>> SubscribeAsync(Subscription wanted, CancellationToken cancellationToken)
        {
            Asked++;
            if (Calls.Add(wanted.Target))
            {
                (await Shakes(wanted.Id)).ShouldBeTrue("the handshake comes while the call is under way");
                made++;
            }

            return $"hook-{made}";
        }
    }
}
