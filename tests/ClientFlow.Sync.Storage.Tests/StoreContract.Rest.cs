using System.Text;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Deliveries_that_wait_are_counted_by_tool_with_the_oldest_and_keep_their_trace()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await Save(unit =>
        {
            unit.Accept(Some.Delivery() with { Trace = Trace }, "1");
            unit.Accept(Some.Delivery(at: Some.Now.AddMinutes(-4)), "2");
            unit.Accept(Some.Delivery(at: Some.Now.AddMinutes(1)) with { Tool = "billing" }, "3");
        });

        (await Read(view => view.DeliveriesWaiting())).ShouldBe([new Backlog("billing", 1, Some.Now.AddMinutes(1)), new Backlog("crm", 2, Some.Now.AddMinutes(-4))]);
        var pending = await Read(view => view.PendingDeliveries("crm", 0, 10));
        pending.Select(item => item.Delivery.Trace).ShouldBe([Trace, null]);
        await Save(unit =>
        {
            foreach (var item in pending) unit.Settle(item.Id, InboxState.Read, null);
        });
        (await Read(view => view.DeliveriesWaiting())).ShouldHaveSingleItem().Tool.ShouldBe("billing");
        (await Read(view => view.DeliveriesBetween("crm", Some.Now, Some.Now, 10))).ShouldHaveSingleItem().Delivery.Trace.ShouldBe(Trace);
    }

    [Fact]
    public async Task A_delivery_comes_back_byte_for_byte()
    {
        var delivery = Some.Delivery() with { Body = new byte[] { 0, 255, 13, 10, 0xEF, 0xBB, 0xBF } };

        (await Write(unit => unit.Accept(delivery, "event-1"))).ShouldBeTrue();

        var item = (await Read(view => view.PendingDeliveries(0, 10))).Single();
        item.Attempts.ShouldBe(0);
        item.Delivery.Body.ToArray().ShouldBe(delivery.Body.ToArray());
        item.Delivery.Header("x-hubspot-signature-V3").ShouldBe("a=\"b\"; é");
        (item.Delivery with { Body = delivery.Body, Headers = delivery.Headers }).ShouldBe(delivery);
    }

    [Fact]
    public async Task A_redelivered_webhook_is_stored_once_even_after_it_was_read()
    {
        (await Write(unit => (unit.Accept(Some.Delivery("1"), "e"), unit.Accept(Some.Delivery("2"), "e")))).ShouldBe((true, false));
        var id = (await Read(view => view.PendingDeliveries(0, 10))).Single().Id;
        await Save(unit => unit.Settle(id, InboxState.Read, null));

        (await Write(unit => unit.Accept(Some.Delivery("3"), "e"))).ShouldBeFalse();
        (await Write(unit => unit.Accept(Some.Delivery("4") with { Tool = "billing" }, "e"))).ShouldBeTrue();
        (await Read(view => view.PendingDeliveries(0, 10))).Single().Delivery.Tool.ShouldBe("billing");
    }

    [Fact]
    public async Task Deliveries_wait_in_the_order_of_their_arrival_until_they_are_settled()
    {
        await Save(unit =>
        {
            for (var i = 0; i < 4; i++) unit.Accept(Some.Delivery($"{i}", Some.Now.AddMinutes(-i)), $"e{i}");
        });
        var ids = (await Read(view => view.PendingDeliveries(0, 10))).Select(item => item.Id).ToList();
        ids.ShouldBe(ids.Order());

        await Save(unit =>
        {
            unit.Settle(ids[0], InboxState.Read, null);
            unit.Settle(ids[1], InboxState.Dead, "not JSON");
            unit.Settle(ids[2], InboxState.New, "the tool was down");
        });

        (await Read(view => view.PendingDeliveries(0, 10))).Select(item => (item.Id, item.Attempts)).ShouldBe([(ids[2], 1), (ids[3], 0)]);
        (await Read(view => view.PendingDeliveries(0, 1))).Single().Id.ShouldBe(ids[2]);
    }

    [Fact]
    public async Task A_delivery_that_could_not_be_read_is_kept_whole_and_put_back_once()
    {
        var delivery = Some.Delivery("{ garbage");
        await Save(unit =>
        {
            unit.Accept(Some.Delivery("good"), "good");
            unit.Accept(delivery, "bad");
            foreach (var item in unit.PendingDeliveries(0, 10))
                unit.Settle(item.Id, Encoding.UTF8.GetString(item.Delivery.Body.Span).StartsWith('{') ? InboxState.Dead : InboxState.Read, "it is no JSON");
        });

        var dead = (await Read(view => view.DeadDeliveries(0, 10))).ShouldHaveSingleItem();
        dead.Reason.ShouldBe("it is no JSON");
        dead.Delivery.Body.ToArray().ShouldBe(delivery.Body.ToArray());
        dead.Delivery.Headers.ShouldBe(delivery.Headers);
        (await Read(view => view.DeadDeliveries(dead.Id, 10))).ShouldBeEmpty();

        (await Write(unit => (unit.Replay(dead.Id), unit.Replay(dead.Id), unit.Replay(dead.Id - 1)))).ShouldBe((true, false, false));
        (await Read(view => (view.DeadDeliveries(0, 10).Count, view.PendingDeliveries(0, 10).Single().Id))).ShouldBe((0, dead.Id));
    }

    [Fact]
    public async Task A_stream_starts_fresh_and_then_remembers_how_far_it_came()
    {
        (await Read(view => view.FindStream("crm", "deals"))).ShouldBe(new StreamState { Tool = "crm", Stream = "deals" });

        var state = new StreamState
        {
            Tool = "crm",
            Stream = "deals",
            Poll = new Cursor("p:1"),
            List = new Cursor(""),
            ListBegan = Some.Now,
            ListedAt = Some.Now.AddTicks(1),
            PolledAt = Some.Now.AddTicks(2),
            ChangedAt = Some.Now.AddTicks(3),
            Mapping = "mapping-1",
        };
        await Save(unit => unit.SaveStream(state));
        (await Read(view => view.FindStream("crm", "deals"))).ShouldBe(state);

        await Save(unit => unit.SaveStream(state with { List = null, ListBegan = null }));
        (await Read(view => view.FindStream("crm", "deals"))).ShouldBe(state with { List = null, ListBegan = null });
        (await Read(view => view.FindStream("crm", "contacts"))).Poll.ShouldBeNull();
    }

    [Fact]
    public async Task Rules_are_kept_changed_and_removed()
    {
        var arming = new RuleState("won-deal-to-project", "hash-1", Some.Deal(), null);
        await Save(unit =>
        {
            unit.SaveRule(arming);
            unit.SaveRule(new RuleState("a", "hash-2", null, Some.Now));
        });
        (await Read(view => view.FindRule("won-deal-to-project"))).ShouldBe(arming);

        await Save(unit =>
        {
            unit.SaveRule(arming with { ArmingHash = "hash-3", PassAfter = null, ArmedAt = Some.Now });
            unit.RemoveRule("a");
        });

        (await Read(view => view.Rules())).ShouldBe([arming with { ArmingHash = "hash-3", PassAfter = null, ArmedAt = Some.Now }]);
        (await Read(view => view.FindRule("a"))).ShouldBeNull();
    }

    [Fact]
    public async Task The_account_of_a_tool_is_remembered()
    {
        (await Read(view => view.FindAccount("crm"))).ShouldBeNull();

        await Save(unit => unit.SaveAccount("crm", "hubspot", "62515"));

        (await Read(view => view.FindAccount("crm"))).ShouldBe(("hubspot", "62515"));
    }

    [Fact]
    public async Task Looks_come_due_move_and_are_taken_away()
    {
        (await Read(view => view.NextLookAt())).ShouldBeNull();
        await Save(unit =>
        {
            unit.SetLook(Some.Deal("1"), Some.Now);
            unit.SetLook(Some.Deal("2"), Some.Now.AddDays(-1));
            unit.SetLook(Some.Deal("3"), Some.Now.AddTicks(1));
            unit.SetLook(Some.Deal("4"), Some.Now.AddDays(-9));
            unit.SetLook(Some.Deal("4"), null);
            unit.SetLook(Some.Deal("5"), null);
        });

        (await Read(view => view.DueLooks(Some.Now, 10))).ShouldBe([Some.Deal("2"), Some.Deal("1")]);
        (await Read(view => view.DueLooks(Some.Now, 1))).ShouldBe([Some.Deal("2")]);
        (await Read(view => view.NextLookAt())).ShouldBe(Some.Now.AddDays(-1));

        await Save(unit => unit.SetLook(Some.Deal("2"), Some.Now.AddDays(5)));
        (await Read(view => view.NextLookAt())).ShouldBe(Some.Now);
    }

    [Fact]
    public async Task Subscriptions_come_back_with_their_secret()
    {
        var asked = new Subscription("s-1", null, null, new Uri("https://hooks.x.example/webhooks/projects/s-1"), Some.Now);
        var confirmed = asked with { Id = "s-2", VendorId = "99", Secret = new Secret("whsec-abc") };
        await Save(unit =>
        {
            unit.SaveSubscription("projects", asked);
            unit.SaveSubscription("projects", confirmed);
            unit.SaveSubscription("crm", asked);
        });
        (await Read(view => view.Subscriptions("projects"))).ShouldBe([asked, confirmed]);

        await Save(unit =>
        {
            unit.SaveSubscription("projects", asked with { VendorId = "98", Secret = new Secret("new") });
            unit.RemoveSubscription("projects", "s-2");
        });
        (await Read(view => view.Subscriptions("projects"))).ShouldBe([asked with { VendorId = "98", Secret = new Secret("new") }]);
        (await Read(view => view.Subscriptions("crm"))).ShouldBe([asked]);
    }

    [Fact]
    public async Task A_secret_whose_keys_are_gone_is_no_secret()
    {
        await Save(unit => unit.SaveSubscription("crm", new Subscription("s", "1", new Secret("enog"), new Uri("https://x.example"), Some.Now)));

        (await Read(view => view.Subscriptions("crm"))).Single().Secret.ShouldBeNull();
    }

    [Fact]
    public async Task Unmapped_values_are_counted()
    {
        await Save(unit =>
        {
            unit.CountUnmapped("crm", RecordKind.Deal, "stage", "parked", Some.Now);
            unit.CountUnmapped("crm", RecordKind.Deal, "stage", "parked", Some.Now.AddDays(1));
            unit.CountUnmapped("crm", RecordKind.Deal, "stage", "parked", Some.Now.AddHours(1));
            unit.CountUnmapped("crm", RecordKind.Deal, "stage", "", Some.Now);
        });

        (await Read(view => view.Unmapped())).ShouldBe(
        [
            new UnmappedValue("crm", RecordKind.Deal, "stage", "", 1, Some.Now, Some.Now),
            new UnmappedValue("crm", RecordKind.Deal, "stage", "parked", 3, Some.Now, Some.Now.AddDays(1)),
        ]);
    }

    [Fact]
    public async Task Records_that_are_not_shown_are_kept_until_they_are()
    {
        var (asked, gone) = (new PassedOverRow(Some.Deal("1"), 0, Some.Now), new PassedOverRow(Some.Deal("2"), 2, Some.Now.AddHours(1)));
        await Save(unit =>
        {
            unit.SavePassedOver(asked);
            unit.SavePassedOver(gone);
        });
        await Save(unit =>
        {
            unit.SavePassedOver(asked with { Tries = 1, At = Some.Now.AddMinutes(1) });
            unit.RemovePassedOver(gone.Record);
        });

        (await Read(view => view.PassedOver())).ShouldBe([asked with { Tries = 1, At = Some.Now.AddMinutes(1) }]);
    }

    [Fact]
    public async Task A_journal_entry_comes_back_as_it_was_written_with_a_rising_id()
    {
        var entry = Some.Entry() with { Tool = "crm", Rule = "r", Handoff = "h", Record = Some.Deal(), Client = "Søren", Data = "{\"a\":1}" };
        await Save(unit =>
        {
            unit.Write(entry);
            unit.Write(Some.Entry("bare"));
        });

        var found = await Read(view => view.Journal(new JournalQuery()));
        found.Select(e => e.Message).ShouldBe(["bare", "Deal won"]);
        found[1].ShouldBe(entry with { Id = found[1].Id });
        found[0].ShouldBe(Some.Entry("bare") with { Id = found[0].Id });
        found[0].Id.ShouldBeGreaterThan(found[1].Id);
        found[1].Id.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_journal_is_read_backwards_in_pages_and_forwards_as_it_grows()
    {
        await Save(unit =>
        {
            for (var i = 0; i < 5; i++) unit.Write(Some.Entry($"{i}"));
        });
        var newest = await Read(view => view.Journal(new JournalQuery { Max = 2 }));

        newest.Select(e => e.Message).ShouldBe(["4", "3"]);
        (await Messages(new JournalQuery { Before = newest[^1].Id, Max = 2 })).ShouldBe(["2", "1"]);
        (await Messages(new JournalQuery { After = newest[^1].Id })).ShouldBe(["4"]);
        (await Messages(new JournalQuery { After = newest[^1].Id - 2, Max = 2 })).ShouldBe(["2", "3"]);
        (await Messages(new JournalQuery { After = newest[0].Id })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Journal_filters_can_be_combined()
    {
        await Save(unit =>
        {
            unit.Write(Some.Entry("detail", level: JournalLevel.Detail) with { Tool = "crm" });
            unit.Write(Some.Entry("information") with { Tool = "crm", Rule = "r", Handoff = "h" });
            unit.Write(Some.Entry("warning", level: JournalLevel.Warning) with { Tool = "billing", Rule = "r" });
            unit.Write(Some.Entry("error", level: JournalLevel.Error) with { Tool = "crm", Handoff = "h" });
        });

        (await Messages(new JournalQuery { AtLeast = JournalLevel.Detail })).ShouldBe(["error", "warning", "information", "detail"]);
        (await Messages(new JournalQuery { AtLeast = JournalLevel.Information })).ShouldBe(["error", "warning", "information"]);
        (await Messages(new JournalQuery { AtLeast = JournalLevel.Warning })).ShouldBe(["error", "warning"]);
        (await Messages(new JournalQuery { AtLeast = JournalLevel.Error })).ShouldBe(["error"]);
        (await Messages(new JournalQuery { Tool = "crm", AtLeast = JournalLevel.Information })).ShouldBe(["error", "information"]);
        (await Messages(new JournalQuery { Tool = "crm", Handoff = "h", Text = "INFO" })).ShouldBe(["information"]);
        (await Messages(new JournalQuery { Rule = "r" })).ShouldBe(["warning", "information"]);
        (await Messages(new JournalQuery { Rule = "r", Tool = "projects" })).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("website", true)]
    [InlineData("  WEB  søren ", true)]
    [InlineData("søren won", true)]
    [InlineData("SØREN", true)]
    [InlineData("website anna", false)]
    [InlineData("100%", true)]
    [InlineData("100% x_", false)]
    [InlineData("%", true)]
    [InlineData("_", false)]
    [InlineData("'; DROP TABLE journal; --", false)]
    [InlineData("   ", true)]
    public async Task The_journal_is_searched_by_words_of_message_and_client(string text, bool found)
    {
        await Save(unit =>
        {
            unit.Write(Some.Entry("Website relaunch won at 100%", client: "Søren & Co"));
            unit.Write(Some.Entry("zzz"));
        });

        (await Messages(new JournalQuery { Text = text })).Contains("Website relaunch won at 100%").ShouldBe(found);
    }

    [Fact]
    public async Task A_stray_nul_in_a_vendors_text_costs_one_sign_and_nothing_after_it()
    {
        await Save(unit =>
        {
            unit.Write(Some.Entry("be\0fore", client: "a\0b"));
            unit.SaveRecord(Some.Row(Some.Deal(), ("name", Some.Text("be\0fore")), ("email", Some.Text("a\0b"))));
        });

        (await Messages(new JournalQuery { Text = "a\uFFFDb" })).ShouldBe(["be\uFFFDfore"]);
        (await Read(view => view.RecordsWith("hubspot", "62515", RecordKind.Deal, "email", "a\0b"))).Single().Record.Text("name").ShouldBe("be\0fore");
    }

    private async Task<IEnumerable<string>> Messages(JournalQuery query) => (await Read(view => view.Journal(query))).Select(entry => entry.Message);
}
