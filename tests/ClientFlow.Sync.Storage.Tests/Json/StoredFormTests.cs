using System.Collections.Immutable;
using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Storage.Json;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Storage.Tests.Json;

/// <summary>What is stored comes back the same. The seed is fixed; FsCheck prints it with the smallest case that fails.</summary>
public sealed class StoredFormTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20261103, 7);

    // Any text that can be written as UTF-8: vendors' JSON can't hold half a surrogate pair either.
    private static readonly Gen<string> Texts = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get).Where(IsWellFormed);

    private static readonly Gen<decimal> Decimals = ArbMap.Default.GeneratorFor<decimal>();

    private static readonly Gen<DateTimeOffset> Instants =
        from ticks in ArbMap.Default.GeneratorFor<long>()
        select new DateTimeOffset((ticks & long.MaxValue) % DateTimeOffset.MaxValue.Ticks, TimeSpan.Zero);

    private static readonly Gen<RecordRef> References =
        from connector in Texts
        from account in Texts
        from kind in Gen.Elements(Enum.GetValues<RecordKind>())
        from id in Texts
        select new RecordRef(connector, account, kind, id);

    private static readonly Gen<FieldValue> Values = Gen.OneOf(
        Texts.Select(FieldValue (text) => new FieldValue.Text(text)),
        Decimals.Select(FieldValue (number) => new FieldValue.Number(number)),
        from amount in Decimals from currency in Texts select (FieldValue)new FieldValue.Amount(new Money(amount, currency)),
        Instants.Select(FieldValue (at) => new FieldValue.Day(DateOnly.FromDateTime(at.UtcDateTime))),
        Instants.Select(FieldValue (at) => new FieldValue.Moment(at)),
        Gen.Elements(true, false).Select(FieldValue (flag) => new FieldValue.Flag(flag)),
        References.Select(FieldValue (reference) => new FieldValue.Reference(reference)),
        References.ListOf().Select(FieldValue (references) => new FieldValue.References([.. references])));

    private static readonly Gen<ImmutableSortedDictionary<string, FieldValue>> Fields =
        (from name in Texts from value in Values select (name, value)).ListOf().Select(fields =>
            fields.DistinctBy(field => field.name).ToImmutableSortedDictionary(field => field.name, field => field.value, StringComparer.Ordinal));

    [Fact]
    public void Fields_come_back_as_they_were_written() => Holds(Fields, fields =>
    {
        var json = FieldJson.Write(fields);
        var back = FieldJson.Read(json);
        return back.SequenceEqual(fields) && FieldJson.Write(back) == json;
    });

    [Fact]
    public void The_decimals_of_a_number_are_kept() => Holds(Decimals, number =>
        FieldJson.Read(FieldJson.Write(One("n", new FieldValue.Number(number))))["n"].ShouldBeOfType<FieldValue.Number>()
            .Value.ToString() == number.ToString());

    [Fact]
    public void Changes_come_back_as_they_were_written()
    {
        var changes =
            from names in Texts.ListOf()
            from values in Gen.OneOf(Values.Select(FieldValue? (value) => value), Gen.Constant<FieldValue?>(null)).ListOf(names.Count * 2)
            let distinct = names.Distinct().ToList()
            select distinct.Select((name, i) => new FieldChange(name, values[i * 2], values[(i * 2) + 1])).ToImmutableArray();

        Holds(changes, written => FieldJson.ReadChanges(FieldJson.Write(written)).SequenceEqual(written));
    }

    [Fact]
    public void Calls_come_back_byte_for_byte()
    {
        var maps = (from name in Texts from value in Texts select (name, value)).ListOf()
            .Select(pairs => pairs.DistinctBy(pair => pair.name).ToDictionary(pair => pair.name, pair => pair.value));
        var calls =
            from method in Texts from path in Texts from type in Maybe(Texts) from body in Maybe(Texts) from headers in maps
            select new FrozenCall(method, path, type, body, headers);

        Holds(calls, call =>
        {
            var back = StorageJson.ReadCall(StorageJson.Write(call))!;
            return (back with { Headers = call.Headers }) == call && back.Headers.SequenceEqual(call.Headers);
        });
    }

    [Fact]
    public void Failures_come_back_as_they_were_written()
    {
        var failures =
            from kind in Gen.Elements(Enum.GetValues<FailureKind>())
            from message in Texts
            from reason in Maybe(Texts)
            from at in Instants
            from status in Gen.Choose(100, 599)
            select new Failure(kind, message) { Reason = reason, RetryAt = status % 2 == 0 ? at : null, Status = status % 3 == 0 ? status : null };

        Holds(failures, failure => StorageJson.ReadFailure(StorageJson.Write(failure)) == failure);
    }

    [Fact]
    public void Reminders_come_back_to_the_tick()
    {
        var reminders =
            from title in Texts from notes in Texts from at in Instants from ticks in ArbMap.Default.GeneratorFor<long>() from person in Maybe(Texts)
            select (ActionContent)new ReminderContent(title, notes, at, "Europe/London", TimeSpan.FromTicks(ticks), person, "x", 1);

        Holds(reminders, reminder => StorageJson.ReadContent(StorageJson.Write(reminder)) == reminder);
    }

    [Fact]
    public void The_stored_form_is_compact_and_never_changes()
    {
        var fields = One("name", Some.Text("O'Hara – Söhne"))
            .Add("amount", new FieldValue.Amount(new Money(12500.50m, "GBP")))
            .Add("at", new FieldValue.Moment(new DateTimeOffset(2026, 11, 1, 9, 0, 0, TimeSpan.FromHours(1))))
            .Add("day", new FieldValue.Day(new DateOnly(2026, 11, 1)))
            .Add("client", Some.Ref(Some.Client()))
            .Add("contacts", new FieldValue.References([Some.Client("a:b")]))
            .Add("score", new FieldValue.Number(1.50m))
            .Add("archived", new FieldValue.Flag(true));

        FieldJson.Write(fields).ShouldBe(
            """{"amount":{"amount":12500.50,"currency":"GBP"},"archived":true,"at":{"moment":"2026-11-01T08:00:00Z"},"client":{"ref":"hubspot:62515:client:31"},"contacts":{"refs":["hubspot:62515:client:a%3Ab"]},"day":{"day":"2026-11-01"},"name":"O'Hara – Söhne","score":1.50}""");
        FieldJson.Write([new FieldChange("stage", null, Some.Text("won"))]).ShouldBe("""{"stage":[null,"won"]}""");
        StorageJson.Write(new InvoiceLineContent("Remaining", new Money(9300.10m, "GBP"))).ShouldBe(
            """{"kind":"invoice-line.create","text":"Remaining","amount":{"amount":9300.10,"currency":"GBP"}}""");
        StorageJson.Write(new Failure(FailureKind.RateLimited, "wait") { Status = 429 }).ShouldBe(
            """{"kind":"RateLimited","message":"wait","status":429}""");
        StorageJson.Write(new ActionResult("1201", null)).ShouldBe("""{"id":"1201","adopted":false,"more":{}}""");
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_sign_for_unreadable() =>
        FieldJson.Read(FieldJson.Write(One("name", Some.Text("a\ud83d"))))["name"].ShouldBe(Some.Text("a\ufffd"));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"a":{"weight":1}}""")]
    [InlineData("""{"a":{"day":"2026-11-01","at":"x"}}""")]
    [InlineData("""{"a":{"amount":1}}""")]
    [InlineData("""{"a":{"refs":[1]}}""")]
    [InlineData("""{"a":[1]}""")]
    public void Fields_that_we_did_not_write_are_refused(string json) => Should.Throw<JsonException>(() => FieldJson.Read(json));

    [Fact]
    public void A_member_that_a_type_does_not_know_is_refused() =>
        Should.Throw<JsonException>(() => StorageJson.ReadResult("""{"id":"1","adopted":false,"more":{},"colour":"red"}"""));

    private static ImmutableSortedDictionary<string, FieldValue> One(string name, FieldValue value) =>
        ImmutableSortedDictionary.Create<string, FieldValue>(StringComparer.Ordinal).Add(name, value);

    private static Gen<string?> Maybe(Gen<string> texts) => Gen.OneOf(texts.Select(string? (text) => text), Gen.Constant<string?>(null));

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && !(char.IsSurrogatePair(text, i < text.Length - 1 ? i : 0) && i++ < text.Length)) return false;
        return true;
    }

    private static void Holds<T>(Gen<T> cases, Func<T, bool> property) => Prop.ForAll(cases.ToArbitrary(), property).Check(Fixed);
}
