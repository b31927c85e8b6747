namespace ClientFlow.Sync.Core.Connectors;

/// <summary>A text that must not be shown: it prints as <c>***</c> wherever it is printed by mistake.</summary>
public sealed class Secret(string value) : IEquatable<Secret>
{
    /// <summary>The text itself; ask for it only where it is sent or compared.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";

    public bool Equals(Secret? other) => other is not null && other.Reveal() == value;

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);
}
