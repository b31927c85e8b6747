using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Testing;

/// <summary>Runs properties with a fixed seed, so that a build that was green stays green. FsCheck prints the case and its seed when one fails.</summary>
public static class Properties
{
    /// <summary>The property holds in every one of the cases that the seed gives.</summary>
    public static void ShouldHold(this Property property, int cases = 300, ulong seed = 20_261_102) =>
        property.Check(Config.QuickThrowOnFailure.WithReplay(seed, 3).WithMaxTest(cases));
}
