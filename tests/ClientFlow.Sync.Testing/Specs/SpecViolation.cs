namespace ClientFlow.Sync.Testing.Specs;

/// <summary>One departure from a vendor's API description: where in the exchange (`body.inputs[0].id`), and what is wrong there.</summary>
public sealed record SpecViolation(string Where, string Message)
{
    public override string ToString() => $"{Where}: {Message}";
}
