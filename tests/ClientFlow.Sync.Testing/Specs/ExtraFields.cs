namespace ClientFlow.Sync.Testing.Specs;

/// <summary>What to think of a field in an answer that the description does not name.</summary>
public enum ExtraFields
{
    /// <summary>Vendors add fields without a new version: only a schema that says `additionalProperties: false` refuses one.</summary>
    RefusedWhereClosed,

    /// <summary>Refused wherever the schema lists its fields: right for a sandbox that claims to speak exactly this version.</summary>
    Refused,
}
