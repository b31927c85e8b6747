using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Tests.Sqlite;

public sealed class SqliteStoreTests : StoreContract
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("clientflow-");

    private string Database => Path.Combine(directory.FullName, "clientflow.db");

    protected override async Task<IStore> OpenAsync(string workspace) => await SqliteStore.OpenAsync(Options(workspace));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_second_worker_is_refused_and_told_who_has_the_file()
    {
        var trouble = await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options()));

        trouble.Message.ShouldStartWith($"{Database} is in use by another worker (process {Environment.ProcessId}).");
    }

    [Fact]
    public async Task A_file_is_free_again_once_its_worker_has_closed_it()
    {
        await Store.DisposeAsync();

        await using var next = await SqliteStore.OpenAsync(Options());

        (await next.WriteAsync(WritePriority.Urgent, unit => unit.Accept(Some.Delivery(), "e"), CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_a_killed_worker_left_of_its_lock_stops_nobody()
    {
        await Store.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "clientflow.lock"), "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "clientflow.pid"), "4711", TestContext.Current.CancellationToken);

        await using var next = await SqliteStore.OpenAsync(Options());

        (await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options()))).Message.ShouldContain($"(process {Environment.ProcessId})");
    }

    [Fact]
    public async Task Commands_that_only_read_work_beside_the_worker_and_see_its_commits()
    {
        await using var beside = SqliteStore.OpenReadOnly(Options());
        await Save(unit => unit.SaveAccount("crm", "hubspot", "1"));

        (await beside.ReadAsync(view => view.FindAccount("crm"), CancellationToken.None)).ShouldBe(("hubspot", "1"));
        (await Should.ThrowAsync<StoreException>(() => beside.WriteAsync(WritePriority.Urgent, _ => true, CancellationToken.None)))
            .Message.ShouldBe("the data is open to read only: nothing can be changed here");
    }

    [Fact]
    public async Task Commands_that_only_read_work_when_no_worker_runs()
    {
        await Save(unit => unit.SaveAccount("crm", "hubspot", "1"));
        await Store.DisposeAsync();

        await using var alone = SqliteStore.OpenReadOnly(Options());

        (await alone.ReadAsync(view => view.FindAccount("crm"), CancellationToken.None)).ShouldBe(("hubspot", "1"));
    }

    [Fact]
    public async Task Reading_where_no_worker_ever_ran_says_so()
    {
        await Store.DisposeAsync();
        File.Delete(Database);

        Should.Throw<StoreException>(() => SqliteStore.OpenReadOnly(Options())).Message
            .ShouldBe($"{Database} doesn't exist: no worker has run with this data directory yet");
    }

    [Fact]
    public async Task A_copy_taken_while_the_worker_was_writing_opens_with_all_that_was_acknowledged()
    {
        for (var i = 0; i < 100; i++) await Save(unit => unit.Accept(Some.Delivery(), $"{i}"));
        var copy = directory.CreateSubdirectory("killed");
        foreach (var file in directory.GetFiles("clientflow.db*").Where(file => !file.Name.EndsWith("-shm", StringComparison.Ordinal)))
            File.Copy(file.FullName, Path.Combine(copy.FullName, file.Name));

        await using var after = await SqliteStore.OpenAsync(Options() with { Directory = copy.FullName });

        (await after.ReadAsync(view => view.PendingDeliveries(0, 1_000).Count, CancellationToken.None)).ShouldBe(100);
    }

    [Fact]
    public async Task Units_that_wait_together_share_a_commit()
    {
        var store = (SqliteStore)Store;
        using var hold = new ManualResetEventSlim();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var waiting = Enumerable.Range(0, 200).Select(i => Write(unit => unit.Accept(Some.Delivery(), $"{i}"))).ToList();

        hold.Set();
        await plug;
        await Task.WhenAll(waiting);

        store.Commits.ShouldBeLessThan(50);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_with_what_to_do()
    {
        await Store.DisposeAsync();
        await File.WriteAllTextAsync(Database, new string('x', 8192), TestContext.Current.CancellationToken);

        (await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options()))).Message.ShouldBe(
            $"{Database} is not a database, or its first bytes are damaged. Give another data directory, or restore the last backup over it");
        Should.Throw<StoreException>(() => SqliteStore.OpenReadOnly(Options())).Message.ShouldContain("is not a database");

        // And the lock is free again.
        File.Delete(Database);
        await using var fresh = await SqliteStore.OpenAsync(Options());
    }

    [Fact]
    public async Task A_damaged_file_says_so_to_whoever_writes_and_reads()
    {
        await Save(unit =>
        {
            for (var i = 0; i < 200; i++) unit.Accept(Some.Delivery(new string('x', 2_000)), $"{i}");
        });
        await Store.DisposeAsync();
        await using (var file = File.OpenWrite(Database))
        {
            // Everything but the first page, which holds the schema's root.
            file.Position = 4096;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)file.Length - 4096).ToArray());
        }

        var trouble = await Should.ThrowAsync<StoreException>(async () =>
        {
            await using var damaged = await SqliteStore.OpenAsync(Options());
            await damaged.WriteAsync(WritePriority.Urgent, unit => unit.Accept(Some.Delivery(), "new"), CancellationToken.None);
        });

        trouble.Message.ShouldStartWith($"{Database} is damaged");
        trouble.Message.ShouldEndWith("keep a copy of the folder, and restore the last backup");
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_refused_with_what_to_do()
    {
        var file = Path.Combine(directory.FullName, "a-file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var trouble = await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options() with { Directory = Path.Combine(file, "data") }));

        trouble.Message.ShouldStartWith($"the data directory {file}/data can't be used:");
    }

    [Fact]
    public async Task Data_of_a_newer_version_is_refused()
    {
        await Store.DisposeAsync();
        Execute("INSERT INTO schema_migrations VALUES (99, '0099_later.sqlite.sql', 0)");

        (await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options()))).Message.ShouldStartWith(
            $"{Database} was written by a newer version of this program (schema 99; this one knows up to {SqliteMigrations.Scripts[^1].Version})");
        Should.Throw<StoreException>(() => SqliteStore.OpenReadOnly(Options())).Message.ShouldContain("newer version");
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_file_as_it_was()
    {
        await Save(unit => unit.Accept(Some.Delivery(), "before"));
        await Store.DisposeAsync();

        // The first of these two would go through; the second meets a column that is there.
        Execute("DELETE FROM schema_migrations WHERE version IN (34, 40); DROP INDEX handoffs_held");
        var before = Schema();

        var trouble = await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options()));

        trouble.Message.ShouldBe($"{Database} could not be brought up to date, and is as it was (0040_traces.sqlite.sql: duplicate column name: trace). " +
            "Run the version that used it last, and please report this");
        Schema().ShouldBe(before);

        // And the lock is free again: mended, it opens with all that it held.
        Execute("INSERT INTO schema_migrations VALUES (40, '0040_traces.sqlite.sql', 0)");
        await using var mended = await SqliteStore.OpenAsync(Options());
        (await mended.ReadAsync(view => view.PendingDeliveries(0, 10), CancellationToken.None)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Data_of_an_older_version_is_brought_up_to_date_by_the_worker_and_by_nobody_who_only_reads()
    {
        await Store.DisposeAsync();
        Execute("DELETE FROM schema_migrations WHERE version = 34; DROP INDEX handoffs_held");

        Should.Throw<StoreException>(() => SqliteStore.OpenReadOnly(Options())).Message.ShouldBe(
            $"{Database} was last used by an older version of this program. Start the worker once: it brings the file up to date");

        await (await SqliteStore.OpenAsync(Options())).DisposeAsync();
        Schema().ShouldContain("CREATE INDEX handoffs_held");
        await using var reader = SqliteStore.OpenReadOnly(Options());
    }

    [Fact]
    public async Task Another_programs_database_is_left_alone()
    {
        await Store.DisposeAsync();
        File.Delete(Database);
        Execute("CREATE TABLE theirs (id INTEGER)");

        (await Should.ThrowAsync<StoreException>(() => SqliteStore.OpenAsync(Options()))).Message.ShouldBe(
            $"{Database} is a database of another program. Give a data directory of its own");
    }

    [Fact]
    public async Task A_full_disk_is_told_to_every_caller_and_the_writer_goes_on_once_there_is_room()
    {
        var writer = (SqliteStore)Store;
        await writer.WriteAsync(WritePriority.Urgent, unit => Pragma(unit, "PRAGMA max_page_count = 1"), CancellationToken.None);
        using var hold = new ManualResetEventSlim();
        var plug = Write(_ => hold.Wait(TimeSpan.FromSeconds(30)));
        var callers = Enumerable.Range(0, 5).Select(i => Write(unit => unit.Accept(Some.Delivery(new string('x', 100_000)), $"{i}"))).ToList();
        hold.Set();

        foreach (var caller in callers)
            (await Should.ThrowAsync<StoreException>(caller)).Message.ShouldBe(
                $"the disk that holds {Database} is full: nothing was saved. Free some space; the work goes on by itself");
        await Should.ThrowAsync<StoreException>(plug);

        await writer.WriteAsync(WritePriority.Urgent, unit => Pragma(unit, "PRAGMA max_page_count = 1000000"), CancellationToken.None);
        (await Write(unit => unit.Accept(Some.Delivery(), "after"))).ShouldBeTrue();
        (await Read(view => view.PendingDeliveries(0, 10))).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_file_is_made_so_that_it_can_shrink_again_and_survives_a_power_cut()
    {
        (await Write(unit => (Pragma(unit, "PRAGMA auto_vacuum"), Pragma(unit, "PRAGMA journal_mode"), Pragma(unit, "PRAGMA synchronous"), Pragma(unit, "PRAGMA foreign_keys"))))
            .ShouldBe(("2", "wal", "2", "1"));
    }

    [Fact]
    public async Task What_is_kept_no_longer_is_deleted_and_the_file_shrinks()
    {
        var store = (SqliteStore)Store;
        await Save(unit =>
        {
            for (var i = 0; i < 500; i++) unit.Accept(Some.Delivery(new string('x', 5_000), Some.Now.AddDays(-31)), $"old-{i}");
            unit.Accept(Some.Delivery(at: Some.Now.AddDays(-31)), "dead");
            unit.Accept(Some.Delivery(at: Some.Now.AddDays(-31)), "waiting");
            unit.Accept(Some.Delivery(at: Some.Now.AddDays(-29)), "recent");
            foreach (var item in unit.PendingDeliveries(0, 1_000))
            {
                if (item.Id == 502) continue;
                unit.Settle(item.Id, item.Id == 501 ? InboxState.Dead : InboxState.Read, null);
            }

            unit.AddChange(new ChangeRow(Some.Deal(), new Change(Some.Deal(), [], true), Some.Now.AddDays(-401), "poll"));
            unit.AddChange(new ChangeRow(Some.Deal(), new Change(Some.Deal(), [], false), Some.Now.AddDays(-399), "poll"));
            unit.Write(Entry("mirror.record.changed", -401));
            unit.Write(Entry("handoff.project.done", -401) with { Handoff = "h1" });
            unit.Write(Entry("people.rule.paused", -401));
            unit.Write(Entry("health.tool.failed", -401));
            unit.Write(Entry("mirror.record.changed", -399));
        });
        var before = await Pages();

        (await store.PruneAsync(Some.Now, TestContext.Current.CancellationToken)).ShouldBe(503);
        (await Read(view => view.Journal(new JournalQuery()).Select(e => e.Event))).ShouldBe(["mirror.record.changed", "people.rule.paused", "handoff.project.done"]);

        (await Read(view => (view.PendingDeliveries(0, 10).Single().Id, view.ChangesOf(Some.Deal(), 10).Single().Change.First))).ShouldBe((502L, false));
        (await Write(unit => (unit.Accept(Some.Delivery(), "recent"), unit.Accept(Some.Delivery(), "dead"), unit.Accept(Some.Delivery(), "old-1"))))
            .ShouldBe((false, false, true));
        (await Pages()).ShouldBeLessThan(before / 4);

        static JournalEntry Entry(string name, int days) =>
            new() { At = Some.Now.AddDays(days), Level = JournalLevel.Information, Event = name, Message = name };

        async Task<int> Pages() => int.Parse((await Write(unit => Pragma(unit, "PRAGMA page_count")))!);
    }

    [Fact]
    public async Task Years_of_webhooks_and_changes_leave_a_file_of_bounded_size()
    {
        var token = TestContext.Current.CancellationToken;
        var sizes = new List<int>();
        for (var day = 0; day < 1_600; day += 10)
        {
            var now = Some.Now.AddDays(day);
            await Save(unit =>
            {
                for (var i = 0; i < 20; i++)
                {
                    unit.Accept(Some.Delivery(new string('x', 500), now), $"{day}-{i}");
                    unit.AddChange(new ChangeRow(Some.Deal(), new Change(Some.Deal(), [], false), now, "webhook"));
                    unit.Write(new JournalEntry { At = now, Level = JournalLevel.Information, Event = "mirror.record.changed", Message = "Deal Website: amount 1 → 2" });
                    unit.Write(new JournalEntry { At = now, Level = JournalLevel.Warning, Event = "health.tool.failed", Tool = "crm", Message = "crm is tried again by itself" });
                }

                foreach (var item in unit.PendingDeliveries(0, 100)) unit.Settle(item.Id, InboxState.Read, null);
            });
            await ((SqliteStore)Store).PruneAsync(now, token);
            sizes.Add(int.Parse((await Write(unit => Pragma(unit, "PRAGMA page_count")))!));
        }

        // From the 401st day on it holds what 400 days bring, however many come.
        sizes[^40..].Max().ShouldBeLessThanOrEqualTo((int)(sizes[45..85].Max() * 1.1));
    }

    [Fact]
    public async Task The_call_of_a_confirmed_write_is_forgotten_after_a_month_and_its_handoff_stays()
    {
        var handoff = Some.Handoff(state: HandoffState.Done);
        await Save(unit =>
        {
            unit.SaveHandoff(handoff);
            unit.SaveAction(Sent(handoff, 0, ActionState.Done, Some.Now.AddDays(-31)));
            unit.SaveAction(Sent(handoff, 1, ActionState.Done, Some.Now.AddDays(-29)));
            unit.SaveAction(Sent(handoff, 2, ActionState.Dead, null));
        });
        await Read(view => view.ActionsOf(handoff.Id));

        (await Store.PruneAsync(Some.Now, TestContext.Current.CancellationToken)).ShouldBe(1);

        foreach (var actions in new[] { await Read(view => view.ActionsOf(handoff.Id)), await Write(unit => unit.ActionsOf(handoff.Id)) })
        {
            actions.Select(a => a.Frozen is null).ShouldBe([true, false, false]);
            actions[0].ShouldBeEquivalentTo(Sent(handoff, 0, ActionState.Done, Some.Now.AddDays(-31)) with { Frozen = null });
        }
    }

    [Fact]
    public async Task A_handoff_costs_the_file_a_bounded_number_of_bytes_for_good()
    {
        const int PerDay = 20;
        var sizes = new List<long>();
        for (var day = 0; day < 120; day += 5)
        {
            var now = Some.Now.AddDays(day);
            await Save(unit =>
            {
                for (var i = 0; i < PerDay; i++)
                {
                    var handoff = Some.Handoff($"{day}-{i}", HandoffState.Done, planned: now) with { DoneAt = now };
                    unit.SaveHandoff(handoff);
                    for (var write = 0; write < 4; write++)
                    {
                        unit.SaveAction(Sent(handoff, write, ActionState.Done, now));
                        unit.Write(Some.Entry("task.create of Fox Ltd – Website is confirmed") with { At = now, Handoff = handoff.Id });
                    }
                }
            });
            await Store.PruneAsync(now, TestContext.Current.CancellationToken);
            sizes.Add(4096 * long.Parse((await Write(unit => Pragma(unit, "PRAGMA page_count")))!));
        }

        // Once the first month is over, as many calls are forgotten as are made.
        ((sizes[^1] - sizes[8]) / (PerDay * (sizes.Count - 9))).ShouldBeInRange(1_000, 6_000);
    }

    private static HandoffAction Sent(Handoff handoff, int position, ActionState state, DateTimeOffset? done) => Some.Action(handoff, position, state) with
    {
        DoneAt = done,
        Result = new ActionResult($"{position}", $"https://tool.example/{position}"),
        Frozen = new FrozenCall("POST", "projects", "application/json", new string('x', 2_000), new Dictionary<string, string>()),
    };

    [Fact]
    public async Task However_much_is_written_at_once_few_entries_of_the_log_have_to_be_looked_at_one_by_one()
    {
        await Save(unit =>
        {
            for (var i = 0; i < 10_000; i++) unit.Write(Some.Entry($"Deal {i} was won"));
        });

        (await Write(unit => ((SqliteUnitOfWork)unit).Unindexed)).ShouldBeLessThan(1_024);
        (await Read(view => view.Journal(new JournalQuery { Text = "deal 4711" }))).ShouldHaveSingleItem();
        (await Read(view => view.Journal(new JournalQuery { Text = "deal 9999" }))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_newest_delivery_is_kept_so_that_no_id_is_given_twice()
    {
        await Save(unit => unit.Accept(Some.Delivery(at: Some.Now.AddDays(-99)), "e"));
        var id = (await Read(view => view.PendingDeliveries(0, 1))).Single().Id;
        await Save(unit => unit.Settle(id, InboxState.Read, null));

        await ((SqliteStore)Store).PruneAsync(Some.Now, TestContext.Current.CancellationToken);

        await Save(unit => unit.Accept(Some.Delivery(), "next"));
        (await Read(view => view.PendingDeliveries(0, 1))).Single().Id.ShouldBeGreaterThan(id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_the_disk_failed_the_file_is_opened_anew_and_nothing_acknowledged_is_lost(bool transactionEnded)
    {
        await Save(unit => unit.Accept(Some.Delivery(), "before"));
        await Write(unit => Pragma(unit, "PRAGMA cache_size = -1234"));

        var failed = Save(unit =>
        {
            unit.Accept(Some.Delivery(), "failed");
            unit.SaveAccount("crm", "hubspot", "1");

            // SQLite ends a transaction by itself after some errors.
            if (transactionEnded) Pragma(unit, "ROLLBACK");
            throw new SqliteException("disk I/O error", 10);
        });
        (await Should.ThrowAsync<StoreException>(failed)).Message.ShouldContain("the disk may be failing or gone");

        (await Write(unit => Pragma(unit, "PRAGMA cache_size"))).ShouldBe("-16384", "the settings of a connection that is new");
        (await Write(unit => unit.FindAccount("crm"))).ShouldBeNull();
        (await Write(unit => unit.Accept(Some.Delivery(), "failed"))).ShouldBeTrue();
        (await Write(unit => unit.Accept(Some.Delivery(), "before"))).ShouldBeFalse("it was acknowledged");
        (await Read(view => view.PendingDeliveries(0, 10))).Count.ShouldBe(2);
    }

    private static string? Pragma(IUnitOfWork unit, string text)
    {
        using var command = ((SqliteUnitOfWork)unit).Connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar()?.ToString();
    }

    private void Execute(string text)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    // All that the file says of its own shape, and which scripts brought it there.
    private string Schema()
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(sql, x'0a') || (SELECT group_concat(version) FROM schema_migrations) FROM sqlite_schema";
        return (string)command.ExecuteScalar()!;
    }

    private SqliteStoreOptions Options(string workspace = "default") => new()
    {
        Directory = directory.FullName,
        Workspace = workspace,
        Clock = TimeProvider.System,
        Protector = new BackwardsProtector(),
    };
}
