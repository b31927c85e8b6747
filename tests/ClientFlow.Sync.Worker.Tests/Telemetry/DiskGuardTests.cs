using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Testing;
using ClientFlow.Sync.Worker.Dashboard;
using ClientFlow.Sync.Worker.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClientFlow.Sync.Worker.Tests.Telemetry;

public sealed class DiskGuardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_fills_up_is_told_once_while_there_is_room_and_needs_a_person_until_there_is_room_again()
    {
        await using var machine = await Machine.StartAsync(new ManualClock());
        var engine = machine.Worker.Engine;
        var left = DiskGuard.Least;
        var whole = 100 * DiskGuard.Least;
        var guard = new DiskGuard(engine.Workspace, () => new DiskSpace(left, whole), NullLogger<DiskGuard>.Instance);
        await guard.LookAsync(Token);
        (await NeedsAsync()).ShouldBeEmpty();

        left = (480L << 20) + 1;
        for (var i = 0; i < 3; i++) await guard.LookAsync(Token);
        var need = (await NeedsAsync()).ShouldHaveSingleItem();
        (need.Kind, need.Reason.Contains("Only 480 MB are left", StringComparison.Ordinal)).ShouldBe((NeedKind.Disk, true), need.Reason);
        (await NeedsYouAsync()).ShouldBe(1);
        (await machine.Http.GetStringAsync(new Uri("/needs-you", UriKind.Relative), Token)).ShouldContain("Only 480 MB are left on the disk that holds the data: free some space");

        // A little more than too little is no room yet, and said as it is.
        left = DiskGuard.Least + 1;
        await guard.LookAsync(Token);
        (await NeedsAsync()).ShouldHaveSingleItem().Reason.ShouldContain("Only 512 MB are left");
        left = 2 * DiskGuard.Least;
        await guard.LookAsync(Token);

        (await NeedsAsync()).ShouldBeEmpty();
        (await NeedsYouAsync()).ShouldBe(0);
        (await engine.Workspace.Store.ReadAsync(view => view.Journal(new JournalQuery()).Where(e => e.Event.StartsWith("worker.", StringComparison.Ordinal)).Select(e => (e.Event, e.Level)).ToList(), Token))
            .ShouldBe([("worker.disk.freed", JournalLevel.Information), ("worker.disk.filled", JournalLevel.Error)]);

        // A small disk is not full because it is small.
        (left, whole) = (DiskGuard.Least / 2, DiskGuard.Least);
        await guard.LookAsync(Token);
        (await NeedsAsync()).ShouldBeEmpty();

        Task<IReadOnlyList<Need>> NeedsAsync() => engine.Workspace.Store.ReadAsync(view => Needs.In(view, engine.Workspace, engine.Decisions), Token);

        async Task<double> NeedsYouAsync() => PrometheusReading.Of(await machine.ScrapeAsync()).Single(m => m.Name == "clientflow_needs_you").Samples.Single().Value;
    }

    [Fact]
    public async Task The_worker_looks_at_its_disk_by_itself()
    {
        var clock = new ManualClock();
        await using var machine = await Machine.StartAsync(clock);
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var guard = new DiskGuard(machine.Worker.Engine.Workspace, () =>
        {
            looked.TrySetResult();
            return null;
        }, NullLogger<DiskGuard>.Instance);
        using var watch = new WatchService(machine.Worker.Engine, guard, clock);
        await watch.StartAsync(Token);

        // Its timer is set by a task of its own.
        for (var tries = 0; tries < 200 && !looked.Task.IsCompleted; tries++)
        {
            clock.Advance(TimeSpan.FromSeconds(15));
            await Task.WhenAny(looked.Task, Task.Delay(20, Token));
        }

        looked.Task.IsCompleted.ShouldBeTrue();
        await watch.StopAsync(Token);
    }

    [Fact]
    public async Task A_scrape_says_what_is_left_on_the_disk_that_holds_the_data()
    {
        await using var machine = await Machine.StartAsync();

        var free = PrometheusReading.Of(await machine.ScrapeAsync()).Single(m => m.Name == "clientflow_disk_free_bytes").Samples.Single().Value;

        free.ShouldBeInRange(1, new DriveInfo(Path.GetTempPath()).TotalSize);
    }
}
