using System.Diagnostics;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task What_was_written_is_there_after_a_restart()
    {
        await Save(unit =>
        {
            unit.Accept(Some.Delivery(), "e");
            unit.SaveRecord(Some.Row(Some.Deal()));
            unit.Write(Some.Entry());
        });

        await Reopen();

        (await Read(view => (view.PendingDeliveries(0, 10).Count, view.FindRecord(Some.Deal()) is null, view.Journal(new JournalQuery()).Count)))
            .ShouldBe((1, false, 1));
        (await Write(unit => unit.Accept(Some.Delivery(), "e"))).ShouldBeFalse();
    }

    [Fact]
    public async Task Workspaces_do_not_see_each_other()
    {
        var handoff = Some.Handoff();
        await Fill();
        await Reopen("other");

        (await Read(view => view.FindRecord(Some.Deal()))).ShouldBeNull();
        (await Read(view => view.PendingDeliveries(0, 10))).ShouldBeEmpty();
        (await Read(view => view.RecordsOfKind("hubspot", "62515", RecordKind.Deal, null, 10))).ShouldBeEmpty();
        (await Read(view => view.RecordsReferring(Some.Client(), RecordKind.Deal))).ShouldBeEmpty();
        (await Read(view => view.RecordsWith("hubspot", "62515", RecordKind.Deal, "key", "k"))).ShouldBeEmpty();
        (await Read(view => view.ChangesOf(Some.Deal(), 10))).ShouldBeEmpty();
        (await Read(view => view.LinksFrom(Some.Deal()))).ShouldBeEmpty();
        (await Read(view => view.FindHandoff(handoff.Id))).ShouldBeNull();
        (await Read(view => view.CountHandoffs())).ShouldBeEmpty();
        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).ShouldBeEmpty();
        (await Read(view => view.Rules())).ShouldBeEmpty();
        (await Read(view => view.FindAccount("crm"))).ShouldBeNull();
        (await Read(view => view.NextLookAt())).ShouldBeNull();
        (await Read(view => view.Subscriptions("crm"))).ShouldBeEmpty();
        (await Read(view => view.Unmapped())).ShouldBeEmpty();
        (await Read(view => view.Journal(new JournalQuery()))).ShouldBeEmpty();

        // The very same keys fit in beside the first workspace's.
        await Fill();
        await Reopen();
        (await Read(view => view.Journal(new JournalQuery()))).Count.ShouldBe(1);
        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).Count.ShouldBe(1);

        async Task Fill() => (await Write(unit =>
        {
            unit.SaveRecord(Some.Row(Some.Deal(), ("client", Some.Ref(Some.Client())), ("key", Some.Text("k"))));
            unit.AddChange(new ChangeRow(Some.Deal(), new Change(Some.Deal(), [], true), Some.Now, "poll"));
            unit.AddLink(new RecordLink(Some.Deal(), Some.Project(), LinkRole.Project, null, Some.Now));
            unit.SaveHandoff(handoff);
            unit.SaveAction(Some.Action(handoff));
            unit.SaveRule(new RuleState("r", "h", null, null));
            unit.SaveAccount("crm", "hubspot", "1");
            unit.SetLook(Some.Deal(), Some.Now);
            unit.SaveSubscription("crm", new Subscription("s", null, null, new Uri("https://x.example"), Some.Now));
            unit.CountUnmapped("crm", RecordKind.Deal, "stage", "x", Some.Now);
            unit.Write(Some.Entry());
            return unit.Accept(Some.Delivery(), "e");
        })).ShouldBeTrue();
    }

    [Fact]
    public async Task A_unit_that_throws_takes_only_itself_back()
    {
        using var hold = new ManualResetEventSlim();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));

        // All of these wait behind the plug, so they share a commit.
        var before = Write(unit => unit.Accept(Some.Delivery(), "before"));
        var bad = Write<bool>(unit =>
        {
            unit.Accept(Some.Delivery(), "bad");
            unit.SaveRecord(Some.Row(Some.Deal()));
            throw new InvalidOperationException("a bug");
        });
        var refused = Save(unit =>
        {
            unit.Accept(Some.Delivery(), "refused");
            unit.SaveAction(Some.Action(Some.Handoff()));
        });
        var after = Write(unit => unit.Accept(Some.Delivery(), "after"));
        hold.Set();

        (await plug).ShouldBeTrue();
        (await before).ShouldBeTrue();
        (await Should.ThrowAsync<InvalidOperationException>(bad)).Message.ShouldBe("a bug");
        await Should.ThrowAsync<StoreException>(refused);
        (await after).ShouldBeTrue();
        (await Read(view => (view.PendingDeliveries(0, 10).Count, view.FindRecord(Some.Deal())))).ShouldBe((2, null));
    }

    [Fact]
    public async Task A_delivery_that_is_stored_by_itself_is_new_once_and_one_that_is_refused_takes_only_itself_back()
    {
        using var hold = new ManualResetEventSlim();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var change = Save(unit => unit.SaveRecord(Some.Row(Some.Deal())));
        var first = Accept(Some.Delivery(), "e");
        var refused = Accept(Some.Delivery() with { Method = null! }, "bad");
        var again = Accept(Some.Delivery(), "e");
        hold.Set();

        await plug;
        await change;
        (await first, await again).ShouldBe((true, false));
        await Should.ThrowAsync<StoreException>(refused);
        await Reopen();
        (await Read(view => view.PendingDeliveries(0, 10))).ShouldHaveSingleItem().Delivery.Tool.ShouldBe(Some.Delivery().Tool);
        (await Read(view => view.FindRecord(Some.Deal()))).ShouldNotBeNull();

        Task<bool> Accept(Delivery delivery, string identity) => Store.AcceptAsync(delivery, identity, CancellationToken.None);
    }

    [Fact]
    public async Task What_follows_a_commit_follows_it_before_its_caller_hears_of_it_and_never_when_the_unit_is_taken_back()
    {
        var followed = new List<string>();
        using var hold = new ManualResetEventSlim();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var good = Save(unit =>
        {
            unit.Accept(Some.Delivery(), "good");
            unit.WhenDurable(() => followed.Add("good"));
        });
        var bad = Write<bool>(unit =>
        {
            unit.WhenDurable(() => followed.Add("bad"));
            throw new InvalidOperationException("a bug");
        });
        var after = Save(unit => unit.WhenDurable(() => followed.Add("after")));
        followed.ShouldBeEmpty("nothing is durable yet");
        hold.Set();
        await plug;

        await Should.ThrowAsync<InvalidOperationException>(bad);
        await Task.WhenAll(good, after);

        followed.ShouldBe(["good", "after"]);
    }

    [Fact]
    public async Task A_writer_at_work_says_for_how_long_and_one_that_rests_says_nothing()
    {
        using var hold = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        Store.WritingFor.ShouldBeNull();
        var plug = Write(_ =>
        {
            begun.Set();
            return hold.Wait(TimeSpan.FromSeconds(30));
        });
        begun.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Store.WritingFor.ShouldNotBeNull();
        hold.Set();
        await plug;

        Store.WritingFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_unit_sees_its_own_writes_and_those_before_it()
    {
        await Save(unit => unit.SaveAccount("crm", "hubspot", "1"));

        (await Write(unit =>
        {
            unit.SaveRecord(Some.Row(Some.Deal(), ("client", Some.Ref(Some.Client()))));
            unit.Write(Some.Entry("Søren"));
            return (unit.FindAccount("crm"), unit.RecordsReferring(Some.Client(), RecordKind.Deal).Count, unit.Journal(new JournalQuery { Text = "SØR" }).Count);
        })).ShouldBe((("hubspot", "1"), 1, 1));
    }

    [Fact]
    public async Task Many_writers_at_once_lose_no_update()
    {
        const int Writers = 16, Each = 50;

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                var priority = (writer + i) % 3 == 0 ? WritePriority.Bulk : WritePriority.Urgent;
                var mine = $"{writer}-{i}";
                var (fresh, count) = await Store.WriteAsync(priority, unit =>
                {
                    var seen = (int)(unit.FindRecord(Some.Deal())?.Record["score"] is FieldValue.Number number ? number.Value : 0) + 1;
                    unit.SaveRecord(Some.Row(Some.Deal(), ("score", new FieldValue.Number(seen))));
                    return (unit.Accept(Some.Delivery(), mine), seen);
                }, CancellationToken.None);
                fresh.ShouldBeTrue();
                count.ShouldBeInRange(1, Writers * Each);
                (await Read(view => view.FindRecord(Some.Deal())))!.Record["score"].ShouldNotBeNull();
            }
        })));

        var (total, pending) = await Read(view => (view.FindRecord(Some.Deal())!.Record["score"], view.PendingDeliveries(0, 10_000)));
        total.ShouldBe(new FieldValue.Number(Writers * Each));
        pending.Count.ShouldBe(Writers * Each);
        pending.Select(item => item.Id).Distinct().Count().ShouldBe(Writers * Each);
    }

    [Fact]
    public async Task Work_that_is_cancelled_before_it_starts_never_runs()
    {
        using var hold = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var cancelled = Store.WriteAsync(WritePriority.Bulk, unit => unit.Accept(Some.Delivery(), "e"), cancel.Token);

        await cancel.CancelAsync();
        hold.Set();

        await plug;
        await Should.ThrowAsync<TaskCanceledException>(cancelled);
        (await Read(view => view.PendingDeliveries(0, 10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Urgent_work_goes_before_bulk_that_came_first()
    {
        using var hold = new ManualResetEventSlim();
        var order = new List<string>();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var bulk = Store.WriteAsync(WritePriority.Bulk, _ => Note("bulk"), CancellationToken.None);
        var urgent = Store.WriteAsync(WritePriority.Urgent, _ => Note("urgent"), CancellationToken.None);

        hold.Set();
        await Task.WhenAll(plug, bulk, urgent);

        order.ShouldBe(["urgent", "bulk"]);

        bool Note(string what)
        {
            order.Add(what);
            return true;
        }
    }

    [Fact]
    public async Task A_flood_of_webhooks_keeps_nobody_from_reading_what_they_tell()
    {
        using var flood = new Flood(Store);

        await Store.WriteAsync(WritePriority.Bulk, static _ => true, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        flood.Stored.ShouldBeGreaterThan(0, "they go first all the same");
    }

    [Fact]
    public async Task What_is_read_in_a_flood_of_webhooks_takes_a_tenth_of_the_time_from_acknowledging_them()
    {
        var (long20, ended) = (TimeSpan.FromMilliseconds(20), 0L);
        using var flood = new Flood(Store);
        var first = Store.WriteAsync(WritePriority.Bulk, _ =>
        {
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < long20;) Thread.SpinWait(100);
            return ended = Stopwatch.GetTimestamp();
        }, CancellationToken.None);
        var second = Store.WriteAsync(WritePriority.Bulk, _ => Stopwatch.GetElapsedTime(ended), CancellationToken.None);

        await first.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        (await second).ShouldBeGreaterThan(long20 * 5);
    }

    /// <summary>Urgent work that never ends: each unit asks for the next.</summary>
    private sealed class Flood : IDisposable
    {
        private readonly IStore store;
        private volatile bool over;
        private int stored;

        public Flood(IStore store)
        {
            this.store = store;
            for (var i = 0; i < 4; i++) Next();
        }

        public int Stored => Volatile.Read(ref stored);

        public void Dispose() => over = true;

        private void Next() => _ = store.WriteAsync(WritePriority.Urgent, _ =>
        {
            Interlocked.Increment(ref stored);
            if (!over) Next();
            return true;
        }, CancellationToken.None);
    }

    [Fact]
    public async Task Work_that_waits_is_finished_when_the_store_closes()
    {
        var waiting = Enumerable.Range(0, 200).Select(i => Write(unit => unit.Accept(Some.Delivery(), $"{i}"))).ToList();

        await Reopen();

        (await Task.WhenAll(waiting)).ShouldAllBe(fresh => fresh);
        (await Read(view => view.PendingDeliveries(0, 1_000))).Count.ShouldBe(200);
    }

    [Fact]
    public async Task A_closed_store_refuses_work()
    {
        await Store.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(() => Write(_ => true));
        await Should.ThrowAsync<ObjectDisposedException>(() => Read(_ => true));
    }

    [Fact]
    public async Task What_a_reader_throws_reaches_it_and_harms_nobody()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => Read<bool>(_ => throw new InvalidOperationException("a bug")));

        (await Read(view => view.Rules())).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_sees_one_state_however_much_is_written_meanwhile()
    {
        await Save(unit => unit.SaveAccount("crm", "hubspot", "1"));
        using var read = new ManualResetEventSlim();
        using var written = new ManualResetEventSlim();

        var reading = Read(view =>
        {
            var before = view.FindAccount("crm");
            read.Set();
            written.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            return (before, view.FindAccount("crm"));
        });
        await Task.Run(() => read.Wait(TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
        await Save(unit => unit.SaveAccount("crm", "hubspot", "2"));
        written.Set();

        (await reading).ShouldBe((("hubspot", "1"), ("hubspot", "1")));
        (await Read(view => view.FindAccount("crm"))).ShouldBe(("hubspot", "2"));
    }
}
