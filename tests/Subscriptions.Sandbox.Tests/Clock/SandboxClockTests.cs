using NUnit.Framework;
using Subscriptions.Sandbox.Clock;

namespace Subscriptions.Sandbox.Tests.Clock;

[TestFixture]
public sealed class SandboxClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private TestFolder folder = null!;
    private ManualTime wall = null!;

    [SetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        wall = new ManualTime(Start);
    }

    [TearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void A_fresh_folder_starts_at_the_present()
    {
        using var clock = Keep();
        Assert.That(clock.Now, Is.EqualTo(Start));
    }

    [Test]
    public void A_fresh_folder_can_start_elsewhere()
    {
        var elsewhere = new DateTimeOffset(2027, 1, 31, 6, 0, 0, TimeSpan.Zero);
        using var clock = SandboxClock.Open(folder.Path, wall, keep: true, elsewhere);
        Assert.That(clock.Now, Is.EqualTo(elsewhere));
    }

    [Test]
    public void It_runs_at_wall_speed_between_moves()
    {
        using var clock = Keep();
        clock.MoveTo(Start.AddDays(30));
        wall.Pass(TimeSpan.FromSeconds(1));
        Assert.That(clock.Now, Is.EqualTo(Start.AddDays(30).AddSeconds(1)));
    }

    [Test]
    public void It_stands_while_the_sandbox_is_down()
    {
        using (var clock = Keep()) clock.MoveTo(Start.AddDays(30));
        wall.Pass(TimeSpan.FromDays(5));
        using var again = Keep();
        Assert.That(again.Now, Is.EqualTo(Start.AddDays(30)));
    }

    [Test]
    public void After_a_crash_it_goes_on_from_the_last_known_time_and_never_back()
    {
        var folderOfTheDead = Path.Combine(folder.Path, "copy");
        DateTimeOffset lastSeen;
        using (var clock = Keep())
        {
            clock.MoveTo(Start.AddDays(30));
            wall.Pass(TimeSpan.FromMilliseconds(300));
            lastSeen = clock.Now;
            // What a killed process leaves behind is the file as it stands, without a goodbye.
            Directory.CreateDirectory(folderOfTheDead);
            File.Copy(Path.Combine(folder.Path, "clock"), Path.Combine(folderOfTheDead, "clock"));
        }

        wall.Pass(TimeSpan.FromDays(5));
        using var again = SandboxClock.Open(folderOfTheDead, wall, keep: true);
        Assert.That(again.Now, Is.GreaterThanOrEqualTo(lastSeen).And.LessThanOrEqualTo(lastSeen + SandboxClock.Lead));
    }

    [Test]
    public void It_never_goes_back_when_the_machines_clock_does()
    {
        using var clock = Keep();
        wall.Pass(TimeSpan.FromSeconds(1));
        var before = clock.Now;
        wall.Pass(TimeSpan.FromMinutes(-10));
        Assert.That(clock.Now, Is.GreaterThanOrEqualTo(before));
    }

    [Test]
    public void A_move_into_the_past_leaves_it_where_it_is()
    {
        using var clock = Keep();
        clock.MoveTo(Start.AddDays(3));
        clock.MoveTo(Start.AddDays(1));
        Assert.That(clock.Now, Is.EqualTo(Start.AddDays(3)));
    }

    [Test]
    public void A_move_is_on_the_disk_before_it_can_be_read()
    {
        using var clock = Keep();
        clock.MoveTo(Start.AddDays(3));
        var kept = ClockReading.Parse(File.ReadAllText(Path.Combine(folder.Path, "clock")));
        Assert.That(kept!.At(wall.GetUtcNow()), Is.EqualTo(Start.AddDays(3)));
    }

    [Test]
    public void Another_process_on_the_folder_notices_a_move()
    {
        using var keeper = Keep();
        using var other = SandboxClock.Open(folder.Path, wall, keep: false);
        using var noticed = new ManualResetEventSlim();
        other.Changed += (_, _) => noticed.Set();
        keeper.MoveTo(Start.AddDays(7));
        Assert.Multiple(() =>
        {
            Assert.That(noticed.Wait(TimeSpan.FromSeconds(10)), Is.True, "no move was noticed");
            Assert.That(other.Now, Is.EqualTo(Start.AddDays(7)));
            Assert.That(other.IsKeeper, Is.False);
        });
    }

    [Test]
    public void Of_two_processes_that_would_keep_it_the_first_does()
    {
        using var first = Keep();
        using var second = Keep();
        Assert.That((first.IsKeeper, second.IsKeeper), Is.EqualTo((true, false)));
    }

    [Test]
    public void Beginning_anew_is_the_one_way_back_and_others_follow()
    {
        using var keeper = Keep();
        using var other = SandboxClock.Open(folder.Path, wall, keep: false);
        keeper.MoveTo(Start.AddDays(90));
        using var followed = new ManualResetEventSlim();
        other.Changed += (_, _) =>
        {
            if (other.Now == Start) followed.Set();
        };
        keeper.StartAnew(null);
        Assert.Multiple(() =>
        {
            Assert.That(keeper.Now, Is.EqualTo(Start));
            Assert.That(followed.Wait(TimeSpan.FromSeconds(10)), Is.True, "the other clock did not follow");
        });
    }

    [Test]
    public void A_damaged_file_is_named_and_not_guessed_at()
    {
        File.WriteAllText(Path.Combine(folder.Path, "clock"), "soon");
        Assert.That(() => Keep(), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("clock"));
    }

    private SandboxClock Keep() => SandboxClock.Open(folder.Path, wall, keep: true);
}
