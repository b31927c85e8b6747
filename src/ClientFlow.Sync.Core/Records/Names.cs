namespace ClientFlow.Sync.Core.Records;

/// <summary>The words by which enums stand in YAML, storage, logs and pages. One table, so that they never drift apart.</summary>
public static class Names
{
    /// <summary>The word for a kind of record, as used in templates and conditions: <c>deal</c>.</summary>
    public static string Of(RecordKind kind) => kind switch
    {
        RecordKind.Client => "client",
        RecordKind.Contact => "contact",
        RecordKind.Deal => "deal",
        RecordKind.Project => "project",
        RecordKind.Milestone => "milestone",
        RecordKind.Task => "task",
        RecordKind.Invoice => "invoice",
        RecordKind.Reminder => "reminder",
    };

    /// <summary>The kind that a word stands for.</summary>
    public static bool TryKind(string word, out RecordKind kind)
    {
        foreach (var candidate in Enum.GetValues<RecordKind>())
        {
            if (Of(candidate) != word) continue;
            kind = candidate;
            return true;
        }

        kind = default;
        return false;
    }
}
