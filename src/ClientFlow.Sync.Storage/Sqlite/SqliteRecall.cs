using System.Diagnostics.CodeAnalysis;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>What the writer's rows are known to be.</summary>
internal enum Recalled
{
    Record,
    LinksFrom,
    LinksTo,
    Handoff,
    HandoffsOf,
    HandoffsAbout,
    Actions,
    Runnable,
    Look,
    Engagement,
    Account,
    Pauses,
}

/// <summary>
/// What the one writer read or wrote lately, so that it asks SQLite once for what a handoff's few transactions ask a dozen times. Nobody
/// else writes, so it is always true; what is taken back takes all of it along. Two generations bound it: what was not asked for
/// while the younger one filled is forgotten with the older.
/// </summary>
internal sealed class SqliteRecall
{
    private const int Generation = 2_048;

    private Dictionary<(Recalled Of, string Key), object?> young = [];
    private Dictionary<(Recalled Of, string Key), object?> old = [];

    /// <summary>Whether it is known; that there is none is known, too.</summary>
    public bool Knows<T>(Recalled of, string key, [MaybeNull] out T value)
    {
        if (young.TryGetValue((of, key), out var found) || old.Remove((of, key), out found))
        {
            Keep(of, key, found);
            value = (T)found!;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>What is known, else what is read now.</summary>
    public T Of<T>(Recalled of, string key, Func<T> read)
    {
        if (Knows<T>(of, key, out var known)) return known!;
        var value = read();
        Keep(of, key, value);
        return value;
    }

    public void Keep(Recalled of, string key, object? value)
    {
        if (young.Count >= Generation && !young.ContainsKey((of, key)))
        {
            (old, young) = (young, old);
            young.Clear();
        }

        young[(of, key)] = value;
    }

    public void Forget(Recalled of, string key)
    {
        young.Remove((of, key));
        old.Remove((of, key));
    }

    public void ForgetAll()
    {
        young.Clear();
        old.Clear();
    }
}
