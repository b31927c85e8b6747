using System.Globalization;

namespace ClientFlow.Sync.Chaos;

/// <summary>What a run is asked for.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = "usage: [--seed NUMBER] [--minutes NUMBER] [--kills NUMBER] [--open NUMBER]";

    /// <summary>Draws people, weather and deaths. The same seed draws the same; what meets what differs with the machine.</summary>
    public int Seed { get; init; } = 7;

    /// <summary>How long people work and things break; judging comes on top.</summary>
    public double Minutes { get; init; } = 5;

    /// <summary>How often the worker is killed at most: the run ends with the last one.</summary>
    public int Kills { get; init; } = 100;

    /// <summary>How many deals are under way at once.</summary>
    public int Open { get; init; } = 80;

    /// <summary>How the same is done again.</summary>
    public string Command => string.Create(CultureInfo.InvariantCulture,
        $"dotnet run --project tests/ClientFlow.Sync.Chaos -- --seed {Seed} --minutes {Minutes} --kills {Kills} --open {Open}");

    /// <summary>Reads the arguments; null when they are none that it takes.</summary>
    public static ChaosOptions? Read(IReadOnlyList<string> args)
    {
        var options = new ChaosOptions();
        for (var at = 0; at < args.Count; at += 2)
        {
            var value = at + 1 < args.Count ? args[at + 1] : "";
            var whole = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (args[at])
            {
                case "--seed" when whole:
                    options = options with { Seed = number };
                    break;
                case "--minutes" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes > 0:
                    options = options with { Minutes = minutes };
                    break;
                case "--kills" when whole:
                    options = options with { Kills = number };
                    break;
                case "--open" when whole && number > 0:
                    options = options with { Open = number };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
