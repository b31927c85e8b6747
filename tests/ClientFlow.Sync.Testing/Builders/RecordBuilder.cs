using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;
using Record = ClientFlow.Sync.Core.Records.Record;

namespace ClientFlow.Sync.Testing.Builders;

/// <summary>Builds one canonical record. Each call gives a new builder, so that one may be the start of several.</summary>
public sealed record RecordBuilder(string Connector, string Account, RecordKind Kind, string Id)
{
    private Record Built { get; init; } = new()
    {
        Ref = new RecordRef(Connector, Account, Kind, Id), Fields = Record.NoFields, Version = new RecordVersion(null, A.Now.AddHours(-1)),
    };

    /// <summary>Its tool said that it is deleted.</summary>
    public bool IsGone { get; init; }

    public RecordRef Ref => Built.Ref;

    public static implicit operator KnownRecord(RecordBuilder builder) => builder.Known();

    public static implicit operator Record(RecordBuilder builder) => builder.Built;

    public KnownRecord Known() => new(Built, IsGone);

    public Record State() => Built;

    public RecordBuilder With(string field, FieldValue value) =>
        RecordSchema.Find(Kind, field) is null
            ? throw new ArgumentException($"{Kind} has no field {field}", nameof(field))
            : this with { Built = Built with { Fields = Built.Fields.SetItem(field, value) } };

    public RecordBuilder With(string field, string text) => With(field, new FieldValue.Text(text));

    public RecordBuilder With(string field, RecordBuilder other) => With(field, new FieldValue.Reference(other.Ref));

    public RecordBuilder Without(string field) => this with { Built = Built with { Fields = Built.Fields.Remove(field) } };

    public RecordBuilder Gone() => this with { IsGone = true };

    /// <summary>The tool's own version, and when the read began.</summary>
    public RecordBuilder Version(long? order, DateTimeOffset readBegan) =>
        this with { Built = Built with { Version = new RecordVersion(order, readBegan) } };

    public RecordBuilder Named(string name) => With("name", name);

    public RecordBuilder Url(string url) => With("url", url);

    public RecordBuilder Email(string email) => With("email", email);

    public RecordBuilder OwnedBy(string email) => With("owner", email);

    public RecordBuilder Stage(string stage) => With("stage", stage);

    public RecordBuilder Won() => Stage("won");

    public RecordBuilder Lost() => Stage("lost");

    public RecordBuilder Worth(decimal amount, string currency = "GBP") => With("amount", new FieldValue.Amount(new Money(amount, currency)));

    public RecordBuilder Total(decimal amount, string currency = "GBP") => With("total", new FieldValue.Amount(new Money(amount, currency)));

    public RecordBuilder Net(decimal amount, string currency = "GBP") => With("net", new FieldValue.Amount(new Money(amount, currency)));

    public RecordBuilder Status(string status) => With("status", status);

    public RecordBuilder Closed() => Status("closed");

    public RecordBuilder Dropped() => Status("dropped");

    public RecordBuilder Void() => Status("void");

    public RecordBuilder Archived() => With("archived", new FieldValue.Flag(true));

    public RecordBuilder EndsOn(string day) => With("endsOn", new FieldValue.Day(A.Day(day)));

    public RecordBuilder CreatedAt(DateTimeOffset at) => With("createdAt", new FieldValue.Moment(at));
}
