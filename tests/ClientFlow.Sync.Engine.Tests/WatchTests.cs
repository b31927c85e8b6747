using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Health;
using ClientFlow.Sync.Engine.Tests.Bench;
using Microsoft.Extensions.Logging;

namespace ClientFlow.Sync.Engine.Tests;

/// <summary>A loop that hangs without throwing is told of, by its name; one that has nothing to do, or much, is not.</summary>
public sealed class WatchTests
{
    private static readonly TimeSpan Long = Heartbeats.LongestStep + TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_inbox_whose_read_never_comes_back_stands_still()
    {
        await using var flow = await Flow.StartAsync();
        var (hung, entered) = Hang(hook => flow.Crm.BeforeReadAnswers = hook);
        await flow.WinAsync();
        await entered;

        await StandsStillAsync(flow, "inbox of crm", hung);
    }

    [Fact]
    public async Task A_write_whose_preparation_never_comes_back_stands_still()
    {
        await using var flow = await Flow.StartAsync();
        var (hung, entered) = Hang(hook => flow.Projects.WhilePreparing = hook);
        await flow.WinAsync();
        await entered;

        await StandsStillAsync(flow, "lane of projects", hung);
    }

    [Fact]
    public async Task Facts_that_are_read_again_and_never_come_stand_still()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] });
        await flow.WinAsync();
        await flow.SettleAsync();
        var (hung, entered) = Hang(hook => flow.Crm.BeforeReadAnswers = hook);
        flow.Clock.Advance(TimeSpan.FromSeconds(61));
        await entered;

        await StandsStillAsync(flow, "looks", hung);
    }

    [Fact]
    public async Task A_tool_that_never_says_whose_it_is_stands_still()
    {
        await using var flow = await Flow.PrepareAsync();
        var (hung, entered) = Hang(hook => flow.Crm.WhileAsked = hook);
        await flow.StartAsync();
        await entered;

        await StandsStillAsync(flow, "identity of crm", hung);
    }

    [Fact]
    public async Task A_poll_that_never_comes_back_stands_still_and_those_who_wait_for_it_are_not_blamed()
    {
        await using var flow = await Flow.StartAsync();
        flow.Workspace.Heartbeats.Expect("poll of crm deals", TimeSpan.FromMinutes(1));
        var (hung, entered) = Hang(hook => flow.Crm.WhilePolling = hook);
        var poll = flow.Engine.RunAsync("poll of crm deals", TimeSpan.FromMinutes(1), _ => flow.PollAsync(), TestContext.Current.CancellationToken);
        await entered;
        await flow.DeliverAsync("look deals");

        await StandsStillAsync(flow, "poll of crm deals", hung);
        await poll;
    }

    [Fact]
    public async Task A_transaction_that_never_ends_is_the_writers()
    {
        await using var flow = await Flow.StartAsync();
        flow.Store.WritingFor = TimeSpan.FromSeconds(30);
        flow.Engine.Watch.Stalled.ShouldBeEmpty();

        flow.Store.WritingFor = TimeSpan.FromSeconds(90);

        flow.Engine.Watch.Stalled.ShouldHaveSingleItem().Loop.ShouldBe("writer");
    }

    [Fact]
    public async Task A_delivery_that_nobody_was_woken_for_is_seen()
    {
        await using var flow = await Flow.StartAsync();
        await flow.DoAsync(unit => unit.Accept(flow.Delivery("hint deal d1"), "d1"));
        flow.Clock.Advance(Long);

        await ForgetsAsync(flow, "inbox of crm");
        flow.Workspace.Delivered.Set();
        await flow.SettleAsync();
        await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
        flow.Engine.Watch.Stalled.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_that_nobody_was_woken_for_is_seen()
    {
        await using var flow = await Flow.StartAsync();
        await flow.DoAsync(unit => unit.SavePause(new Pause(PauseOf.Tool, "projects", "ann", flow.Clock.GetUtcNow())));
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Clock.Advance(Long);
        await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
        await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
        flow.Engine.Watch.Stalled.ShouldNotContain(s => s.Kind == StallKind.Forgets, "a person paused it");

        await flow.DoAsync(unit => unit.RemovePause(PauseOf.Tool, "projects"));

        await ForgetsAsync(flow, "lane of projects");
        flow.Workspace.Readied.Set();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Idle_days_raise_no_alarm()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject with { Require = [Rules.Path("deal.owner")] }, Rules.ClosedProjectToInvoice);
        await flow.WinAsync();

        for (var hour = 0; hour < 50; hour++)
        {
            await flow.PassAsync(TimeSpan.FromHours(1));
            await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
            await CalmAsync(flow);
        }
    }

    [Fact]
    public async Task A_tool_that_is_down_for_hours_raises_no_alarm()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.Trouble = new Failure(FailureKind.Unavailable, "the tool is down");
        await flow.WinAsync();

        for (var round = 0; round < 30; round++)
        {
            await flow.PassAsync(TimeSpan.FromMinutes(10));
            await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
            await CalmAsync(flow);
        }
    }

    [Fact]
    public async Task A_read_that_is_refused_and_waits_for_its_next_try_raises_no_alarm()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = static (_, _) => new Failure(FailureKind.Rejected, "no, for now");
        await flow.WinAsync();

        for (var minute = 0; minute < 22; minute++)
        {
            await flow.PassAsync(TimeSpan.FromMinutes(1));
            await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
            await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
            await CalmAsync(flow);
        }
    }

    [Fact]
    public async Task A_delivery_that_nobody_was_woken_for_is_seen_behind_one_that_waits_for_its_next_try()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = static (_, _) => new Failure(FailureKind.Rejected, "no, for now");
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(7));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldHaveSingleItem();
        await flow.DoAsync(unit => unit.Accept(flow.Delivery("hint deal d2"), "d2"));
        flow.Clock.Advance(Long);

        await ForgetsAsync(flow, "inbox of crm");
    }

    [Fact]
    public async Task A_full_list_that_takes_hours_raises_no_alarm_and_neither_do_those_who_wait_for_it()
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice);
        await flow.WinAsync();
        await flow.SettleAsync();
        for (var n = 0; n < 60; n++) flow.Billing.Put(RecordKind.Invoice, $"i{n:00}", ("status", "paid"));
        flow.Billing.PageSize = 1;
        var (pages, waits) = (0, new TaskCompletionSource());
        flow.Billing.WhileListing = async () =>
        {
            await waits.Task;
            pages++;
            flow.Clock.Advance(TimeSpan.FromMinutes(4));
            await QuietAsync(flow);
            flow.Engine.Watch.Stalled.ShouldBeEmpty();
        };
        flow.Workspace.Heartbeats.Expect("reconcile of billing invoices", TimeSpan.FromDays(1));
        var list = flow.Engine.RunAsync("reconcile of billing invoices", TimeSpan.FromDays(1), _ => flow.ReconcileAsync("billing", "invoices"), TestContext.Current.CancellationToken);

        // An invoice waits for the list of invoices to be over: it has polled the customers, and stands behind the list.
        var polls = flow.Billing.Polls;
        flow.Projects.Put(RecordKind.Project, "projects-1", ("status", "closed"));
        await flow.DeliverAsync("hint project projects-1", "projects");
        await flow.UntilAsync(() => flow.Billing.Polls > polls);
        await QuietAsync(flow);
        waits.SetResult();
        await list;
        await flow.SettleAsync();

        pages.ShouldBeGreaterThanOrEqualTo(60);
        flow.Billing.MadeOf<InvoiceContent>().ShouldHaveSingleItem();
    }

    // The clock leaps by minutes, and the loops take a moment to wake, look and sleep again.
    private static Task QuietAsync(Flow flow) => flow.UntilAsync(() => flow.Workspace.Tools
        .SelectMany(t => (string[])[$"lane of {t.Name}", $"inbox of {t.Name}"]).Append("looks")
        .All(loop => flow.Workspace.Heartbeats.AsleepFor(loop) is not null && flow.Engine.Watch.Stalled.Count == 0));

    [Fact]
    public async Task A_halt_is_logged_and_noted_once_when_it_lasts_and_so_is_its_end()
    {
        await using var flow = await Flow.StartAsync();
        var log = new Heard();
        var watch = new Watch(flow.Workspace, static _ => null, log);
        flow.Store.WritingFor = TimeSpan.FromMinutes(2);
        watch.Tell();
        log.Names.ShouldBeEmpty("it may be over in a moment");

        watch.Tell();
        watch.Tell();
        log.Names.ShouldBe(["engine.loop.stalled"]);
        flow.Store.WritingFor = null;
        watch.Tell();
        watch.Tell();
        log.Names.ShouldBe(["engine.loop.stalled", "engine.loop.resumed"]);

        await watch.LookAsync(TestContext.Current.CancellationToken);
        (await flow.JournalAsync("engine.loop.stalled")).ShouldHaveSingleItem().Message.ShouldContain("the writer loop has made no progress for 2 min");
        (await flow.JournalAsync("engine.loop.resumed")).ShouldHaveSingleItem();
    }

    // Whoever comes by waits until the test lets go.
    private static (TaskCompletionSource Hung, Task Entered) Hang(Action<Func<Task>> set)
    {
        var (hung, entered) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        set(() =>
        {
            entered.TrySetResult();
            return hung.Task;
        });
        return (hung, entered.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static async Task StandsStillAsync(Flow flow, string loop, TaskCompletionSource hung)
    {
        await CalmAsync(flow);
        flow.Clock.Advance(Long);

        // The others are woken by the leap, each in its own time.
        await flow.UntilAsync(() => flow.Engine.Watch.Stalled.Select(s => s.Loop).SequenceEqual([loop]));

        hung.SetResult();
        await flow.SettleAsync();
        await CalmAsync(flow);
    }

    // A loop that is awake while the clock leaps looks late for the moment that it takes to go on; an alarm that stays fails here.
    private static Task CalmAsync(Flow flow) => flow.UntilAsync(() => flow.Engine.Watch.Stalled.Count == 0);

    // Seen once it may be about to be woken.
    private static async Task ForgetsAsync(Flow flow, string loop)
    {
        await CalmAsync(flow);
        await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
        await CalmAsync(flow);
        await flow.Engine.Watch.LookAsync(TestContext.Current.CancellationToken);
        flow.Engine.Watch.Stalled.Select(s => (s.Loop, s.Kind)).ShouldBe([(loop, StallKind.Forgets)]);
    }

    private sealed class Heard : ILogger
    {
        public List<string?> Names { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Names.Add(eventId.Name);
    }
}
